"""The tables of the sandbox's phonebook, and its longer queries."""

# Columns are named like the API's fields, so a row is an object of a response. The triggers set and clear the deletion
# date (in 30 days) whenever a contact leaves its last group or joins one, also when a group is deleted.
SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    createdOn TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS contacts (
    phoneNumber TEXT PRIMARY KEY,
    email TEXT, firstName TEXT, lastName TEXT, company TEXT, title TEXT,
    custom TEXT, custom2 TEXT, custom3 TEXT, custom4 TEXT,
    scheduledDeletionDate TEXT
);
CREATE INDEX IF NOT EXISTS contacts_by_deletion ON contacts (scheduledDeletionDate);
CREATE TABLE IF NOT EXISTS memberships (
    groupId TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    phoneNumber TEXT NOT NULL REFERENCES contacts ON DELETE CASCADE,
    PRIMARY KEY (groupId, phoneNumber)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memberships_by_contact ON memberships (phoneNumber);
CREATE TABLE IF NOT EXISTS blacklist (phoneNumber TEXT PRIMARY KEY);

CREATE VIEW IF NOT EXISTS counted_groups AS
SELECT id, name, createdOn, (SELECT count(*) FROM memberships WHERE groupId = groups.id) AS contactsCount
FROM groups ORDER BY rowid;

CREATE VIEW IF NOT EXISTS written_contacts AS
SELECT rowid AS place, phoneNumber, json_object(
    'phoneNumber', phoneNumber, 'email', email, 'firstName', firstName, 'lastName', lastName, 'company', company,
    'title', title, 'custom', custom, 'custom2', custom2, 'custom3', custom3, 'custom4', custom4,
    'scheduledDeletionDate', scheduledDeletionDate
) AS text FROM contacts;

CREATE TRIGGER IF NOT EXISTS contact_joined AFTER INSERT ON memberships BEGIN
    UPDATE contacts SET scheduledDeletionDate = NULL
    WHERE phoneNumber = NEW.phoneNumber AND scheduledDeletionDate IS NOT NULL;
END;
CREATE TRIGGER IF NOT EXISTS contact_left AFTER DELETE ON memberships
WHEN NOT EXISTS (SELECT 1 FROM memberships WHERE phoneNumber = OLD.phoneNumber) BEGIN
    UPDATE contacts SET scheduledDeletionDate = date('now', '+30 days') WHERE phoneNumber = OLD.phoneNumber;
END;
"""

INSERT_GROUP = "INSERT INTO groups VALUES (:id, :name, :createdOn)"
INSERT_CONTACT = """
INSERT INTO contacts VALUES (
    :phoneNumber, :email, :firstName, :lastName, :company, :title, :custom, :custom2, :custom3, :custom4,
    iif(:phoneNumber IN (SELECT phoneNumber FROM memberships), NULL,
        coalesce(:scheduledDeletionDate, date('now', '+30 days')))
)
"""
UPDATE_CONTACT = """
UPDATE contacts SET
    email = :email, firstName = :firstName, lastName = :lastName, company = :company, title = :title,
    custom = :custom, custom2 = :custom2, custom3 = :custom3, custom4 = :custom4
WHERE phoneNumber = :phoneNumber
"""
SELECT_PLACES = "SELECT rowid FROM contacts ORDER BY rowid"
SELECT_PLACES_OF = """
SELECT DISTINCT contacts.rowid FROM memberships CROSS JOIN contacts USING (phoneNumber)
WHERE groupId IN (SELECT value FROM json_each(?)) ORDER BY contacts.rowid
"""
# SQLite creates the JSON: for tens of thousands of rows, Python would take twice as long and hold the GIL.
SELECT_CONTACTS_AT = """
SELECT group_concat(text) FROM (
    SELECT text FROM written_contacts WHERE place IN (SELECT value FROM json_each(?)) ORDER BY place
)
"""
INSERT_MEMBERSHIP = "INSERT INTO memberships VALUES (?, ?)"
INSERT_BLACKLISTED = "INSERT INTO blacklist VALUES (?)"
