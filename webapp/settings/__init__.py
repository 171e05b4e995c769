"""The settings of a deployment. Only `settings.py` reads the environment."""

from webapp.settings.settings import THREADS, Settings, SettingsError

__all__ = ["THREADS", "Settings", "SettingsError"]
