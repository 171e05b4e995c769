"""Flask-Admin's list of the same groups, in SQLite."""

import os
from datetime import datetime

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker


class Base(DeclarativeBase):
    """The tables."""


class Group(Base):
    """One group."""

    __tablename__ = "groups"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    contacts: Mapped[int] = mapped_column(index=True)
    created: Mapped[datetime] = mapped_column(index=True)


class GroupView(ModelView):
    """As the dashboard's list: searched, sorted, 50 a page."""

    page_size = 50
    column_list = ("name", "contacts", "created")
    column_searchable_list = ("name",)
    column_default_sort = "name"


app = Flask(__name__)
app.config["SECRET_KEY"] = "for the benchmark alone"
engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
database = scoped_session(sessionmaker(engine))
Admin(app, name="Phonebook", url="/").add_view(GroupView(Group, database, url="/groups", endpoint="groups"))


@app.teardown_appcontext
def close(_error: BaseException | None = None) -> None:
    """Give the connection back."""
    database.remove()
