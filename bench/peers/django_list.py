"""Django admin's list of the sample groups, searchable and 50 a page, in the project that `startproject` makes."""

import os
import subprocess
import sys

import django
from django.conf import settings

from bench.sample import make_group

HOME = os.environ["HOME"]
subprocess.run([sys.executable, "-m", "django", "startproject", "project", HOME], check=True)
sys.path.append(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
settings.DEBUG = False
settings.ALLOWED_HOSTS = ["127.0.0.1"]
django.setup()

from django.contrib import admin  # noqa: E402 - Django needs its settings first
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402


class PhonebookGroup(models.Model):
    id = models.CharField(max_length=36, primary_key=True)
    name = models.CharField(max_length=250, db_index=True)
    created = models.DateTimeField(db_index=True)
    contacts = models.IntegerField(db_index=True)

    class Meta:
        app_label = "auth"  # its migrations leave this model out


@admin.register(PhonebookGroup)
class GroupAdmin(admin.ModelAdmin):
    list_display = ("name", "contacts", "created")
    search_fields = ("name",)
    ordering = ("name",)
    list_per_page = 50


call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(PhonebookGroup)
User.objects.create_superuser(os.environ["BENCH_USER"], password=os.environ["BENCH_PASSWORD"])
groups = (make_group(number) for number in range(int(os.environ["BENCH_GROUPS"])))
PhonebookGroup.objects.bulk_create(PhonebookGroup(*group.values()) for group in groups)
connection.close()  # so that no worker inherits it
app = get_wsgi_application()
