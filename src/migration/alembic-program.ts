/**
 * What we ask of Alembic, through its own Python interface: the project's revisions, what its env.py sees in the
 * database, what its revisions would run as SQL, and upgrades revision by revision. Every answer is a line of JSON behind a marker; what env.py prints is
 * left alone. From several heads, which the command has no way to say, its steps are taken one by one. https://alembic.sqlalchemy.org/en/latest/api/commands.html
 */
export const alembicProgram = String.raw`
import hashlib, io, json, random, sys, time
from alembic import command, util
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

marker, order = sys.argv[1], json.loads(sys.argv[2])
config = Config(order["config"])
config.print_stdout = lambda *args: None

def say(**fields):
    sys.stdout.write("\n" + marker + json.dumps(fields) + "\n")
    sys.stdout.flush()

def sqlstate(error):
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        for one in (error, getattr(error, "orig", None)):
            state = getattr(one, "sqlstate", None) or getattr(one, "pgcode", None)
            if state:
                return state
        error = error.__cause__ or error.__context__
    return None

def ask(question):
    found = {}
    def look(heads, context):
        found["heads"] = list(heads)
        found["answer"] = context.connection.execute(text(question)).scalar()
        return []
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=look, dont_mutate=True):
        script.run_env()
    if not found:
        raise util.CommandError("env.py runs no migrations: it has to call context.run_migrations().")
    return found

def status():
    script = ScriptDirectory.from_config(config)
    revisions = []
    for one in script.walk_revisions():
        with open(one.path, "rb") as file:
            checksum = hashlib.sha256(file.read()).hexdigest()
        after = list(util.to_tuple(one.down_revision, default=())) + list(util.to_tuple(one.dependencies, default=()))
        revisions.append({"id": one.revision, "after": after, "path": one.path, "checksum": checksum})
    say(event="revisions", revisions=revisions[::-1], heads=list(script.get_heads()))
    say(event="database", **ask(order["identify"]))

def upgrade_sql(heads, revision):
    script = ScriptDirectory.from_config(config)
    found = {}
    def upgrade(current, context):
        words = context.dialect.identifier_preparer
        words._double_percents = False  # only a driver takes one out again
        context.impl.command_terminator = "\n;"  # else a comment at the end of a text swallows it
        found["table"] = ".".join(words.quote(name) for name in (context.version_table_schema, context.version_table) if name)
        found["transactional"] = context.impl.transactional_ddl
        return script._upgrade_revs(revision, current)
    at = heads or "base"
    with EnvironmentContext(config, script, fn=upgrade, as_sql=True, starting_rev=at, destination_rev=revision):
        script.run_env()
    if not found:
        raise util.CommandError("env.py runs no migrations offline")
    return found

def as_sql(pending):
    script = ScriptDirectory.from_config(config)
    heads = [] if order["from"] == "base" else order["from"].split("+")
    for revision in pending:
        config.output_buffer = io.StringIO()
        try:
            found = upgrade_sql(heads, revision)
            say(event="sql", revision=revision, printed=dict(found, sql=config.output_buffer.getvalue()))
        except Exception as error:
            say(event="sql", revision=revision, printed=None, message=str(error).strip().split("\n")[0][:400])
        below = script.get_revision(revision)._all_down_revisions
        heads = [one for one in heads if one not in below] + [revision]

def run(what, revision):
    began, tries = time.monotonic(), 0
    while True:
        try:
            what(config, revision)
            say(event="applied", revision=revision, seconds=time.monotonic() - began, retries=tries)
            return
        except Exception as error:
            state = sqlstate(error)
            waited = state in ("55P03", "40P01")
            if waited and time.monotonic() - started < order["retryFor"] and not ask(order["invalid"])["answer"]:
                tries += 1
                time.sleep(min(2.0, order["pause"] * 2 ** min(tries, 10)) * random.uniform(0.5, 1))
                continue
            said = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
            say(event="failed", revision=revision, sqlstate=state, message=said[:400], gaveWay=waited)
            sys.exit(1)

started = time.monotonic()
try:
    if order["do"] == "status":
        status()
    elif order["do"] == "sql":
        as_sql(order["revisions"])
    else:
        for revision in order["revisions"]:
            run(command.upgrade if order["do"] == "upgrade" else command.downgrade, revision)
except util.CommandError as error:
    say(event="failed", revision=None, sqlstate=None, message=str(error)[:400], gaveWay=False)
    sys.exit(1)
`;
