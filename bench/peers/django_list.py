"""Django admin's list of the same groups, in SQLite; its settings are those that `startproject` makes."""

import os
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for the benchmark alone",
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["BENCH_DATABASE"],
        }
    },
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="static/",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin  # noqa: E402 - Django wants its settings first
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402


class PhonebookGroup(models.Model):
    """One group."""

    id = models.CharField(max_length=36, primary_key=True)
    name = models.CharField(max_length=250, db_index=True)
    contacts = models.IntegerField(db_index=True)
    created = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "auth"  # one that has migrations is not asked for a module of its own
        db_table = "groups"
        managed = False


@admin.register(PhonebookGroup)
class GroupAdmin(admin.ModelAdmin):
    """As the dashboard's list: searched, sorted, 50 a page."""

    list_display = ("name", "contacts", "created")
    search_fields = ("name",)
    ordering = ("name",)
    list_per_page = 50


urlpatterns = [path("admin/", admin.site.urls)]
app = get_wsgi_application()


def sign_in() -> None:
    """Make Django's own tables, sign somebody in, and print the cookie."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(User.objects.create_superuser("mari"))
    sys.stdout.write(f"sessionid={client.cookies['sessionid'].value}")
