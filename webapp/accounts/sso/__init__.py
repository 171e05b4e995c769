"""Single sign-on with work accounts, by OpenID Connect."""
