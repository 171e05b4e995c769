"""Single sign-on: a work account's own service says who somebody is, by OpenID Connect."""
