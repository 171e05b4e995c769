"""Flask-Admin's list of the sample groups, searchable and 50 a page, in SQLite."""

import os
from datetime import datetime

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

from bench.sample import make_group


class Base(DeclarativeBase):
    pass


class Group(Base):
    __tablename__ = "groups"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    created: Mapped[datetime] = mapped_column(index=True)
    contacts: Mapped[int] = mapped_column(index=True)


class GroupView(ModelView):
    page_size = 50
    column_list = ("name", "contacts", "created")
    column_searchable_list = ("name",)
    column_default_sort = "name"


engine = create_engine(os.environ["DATABASE_URL"])
Base.metadata.create_all(engine)
with Session(engine) as new, new.begin():
    for number in range(int(os.environ["BENCH_GROUPS"])):
        uuid, name, created, contacts = make_group(number).values()
        new.add(Group(id=uuid, name=name, created=datetime.fromisoformat(str(created)), contacts=contacts))
engine.dispose()  # so that no worker inherits a connection

app = Flask(__name__)
app.config["SECRET_KEY"] = "only for the benchmark"
session = scoped_session(sessionmaker(engine))
app.teardown_appcontext(lambda _error: session.remove())
Admin(app, name="Phonebook", url="/").add_view(GroupView(Group, session, url="/groups", endpoint="groups"))
