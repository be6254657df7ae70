import { S as nearName, _ as pass, h as fail, p as InputError } from "./words.js";
import { r as readBytes } from "./migration-files.js";
import path from "node:path";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
const rule = (tier, about, ...what) => ({
	tier,
	effects: what,
	about
});
const rules = {
	syntax: rule("block", "a statement PostgreSQL cannot read", "fails"),
	acknowledgement: rule("block", "a `sluice: allow` comment without a known rule or a reason", "fails"),
	"duplicate-column": rule("block", "a column named twice in one statement", "fails"),
	"nested-transaction": rule("block", "BEGIN or COMMIT where the transaction is already open or not open", "fails"),
	"open-transaction": rule("block", "a transaction that the file never ends", "fails"),
	"concurrently-in-transaction": rule("block", "CONCURRENTLY inside a transaction", "fails"),
	"required-column": rule("block", "a NOT NULL column without a default on a table with rows", "fails", "breaks-writes"),
	"table-rewrite": rule("block", "a default or a generated column that rewrites the table", "stalls"),
	"type-change": rule("block", "another type for a column", "stalls", "breaks-reads"),
	"foreign-key-scan": rule("block", "a foreign key that is validated at once", "stalls", "breaks-writes"),
	"check-scan": rule("block", "a check that is validated at once", "stalls", "breaks-writes"),
	"validate-under-lock": rule("block", "VALIDATE in the transaction that added the constraint", "stalls"),
	"not-null-scan": rule("block", "SET NOT NULL without a validated check", "stalls", "breaks-writes"),
	"primary-key-build": rule("block", "a primary key that builds its index under lock", "stalls"),
	"unique-build": rule("block", "a unique constraint that builds its index under lock", "stalls", "breaks-writes"),
	"index-build": rule("block", "CREATE INDEX without CONCURRENTLY", "stalls"),
	"index-drop": rule("block", "DROP INDEX without CONCURRENTLY", "stalls"),
	reindex: rule("block", "REINDEX without CONCURRENTLY", "stalls"),
	"detach-partition": rule("block", "DETACH PARTITION without CONCURRENTLY", "stalls"),
	"full-rewrite": rule("block", "VACUUM FULL, CLUSTER and what else rewrites a whole table", "stalls"),
	"explicit-lock": rule("acknowledge", "LOCK TABLE", "stalls"),
	"domain-constraint": rule("acknowledge", "a constraint on a domain", "stalls", "breaks-writes"),
	"new-constraint": rule("note", "a constraint that old writes have to meet, validated apart", "breaks-writes"),
	"unique-index": rule("note", "a unique index that old writes have to meet", "breaks-writes"),
	"drop-column": rule("acknowledge", "DROP COLUMN", "breaks-reads", "loses-data"),
	"drop-table": rule("acknowledge", "DROP TABLE", "breaks-reads", "loses-data"),
	"drop-object": rule("acknowledge", "DROP of a view, function, type, sequence or schema", "breaks-reads"),
	"drop-database": rule("block", "DROP DATABASE", "loses-data"),
	"drop-default": rule("acknowledge", "DROP DEFAULT", "breaks-writes"),
	"drop-not-null": rule("note", "DROP NOT NULL: old code may meet a null it does not expect"),
	rename: rule("acknowledge", "RENAME of a table, column, type, value or function", "breaks-reads"),
	"set-schema": rule("acknowledge", "SET SCHEMA", "breaks-reads"),
	trigger: rule("acknowledge", "a trigger on a table in use", "breaks-writes"),
	truncate: rule("acknowledge", "TRUNCATE", "loses-data", "stalls"),
	"truncate-cascade": rule("block", "TRUNCATE ... CASCADE", "loses-data", "stalls"),
	"whole-table-write": rule("acknowledge", "UPDATE or DELETE of every row", "loses-data", "stalls"),
	"backfill-under-lock": rule("acknowledge", "rows changed in the transaction that changed their table", "stalls"),
	"row-security-without-policy": rule("acknowledge", "ENABLE ROW LEVEL SECURITY without a policy", "breaks-reads"),
	"policy-change": rule("acknowledge", "DROP POLICY or ALTER POLICY", "breaks-reads", "exposes"),
	"row-security-off": rule("acknowledge", "DISABLE ROW LEVEL SECURITY", "exposes"),
	"open-policy": rule("acknowledge", "a policy that lets everybody through", "exposes"),
	"open-grant": rule("acknowledge", "rights for PUBLIC or for everybody who is anonymous", "exposes"),
	revoke: rule("acknowledge", "REVOKE", "breaks-reads", "breaks-writes"),
	"enum-order": rule("note", "a new enum value without BEFORE or AFTER")
};
const isRule = (name) => Object.hasOwn(rules, name);
const comment = /--[ \t]*sluice:([^\n]*)/g;
const form = /^\s*allow\s+(\S+)(?:\s+because\s+(.*\S))?\s*$/;
function acknowledgements(sql) {
	const allowed = [];
	const problems = [];
	if (!sql.includes("sluice:")) return {
		problems,
		reasonFor: () => void 0
	};
	for (const found of sql.matchAll(comment)) {
		const [whole, said = ""] = found;
		const at = found.index;
		const [, name = "", reason] = form.exec(said) ?? [];
		if (name === "") problems.push({
			at,
			problem: "This comment begins with `sluice:` and allows nothing."
		});
		else if (!isRule(name)) problems.push({
			at,
			problem: unknownRule(name)
		});
		else if (reason === void 0) problems.push({
			at,
			problem: `\`${name}\` is allowed without a reason: say why, for whoever reads this in a year.`
		});
		else allowed.push({
			at,
			end: at + whole.length,
			rule: name,
			reason
		});
	}
	return {
		problems,
		reasonFor: (rule, start, end) => allowed.find((one) => one.rule === rule && one.at < end && (one.at >= start || isDirectlyAbove(sql, one.end, start)))?.reason
	};
}
const isDirectlyAbove = (sql, from, to) => from <= to && /^(?:\s|--[^\n]*(?:\n|$))*$/.test(sql.slice(from, to));
function unknownRule(name) {
	const near = nearName(name, Object.keys(rules));
	return `There is no rule \`${name.slice(0, 60)}\`${near === void 0 ? "." : `, did you mean \`${near}\`?`}`;
}
const relationName = (relation) => relation?.relname === void 0 ? "" : `${relation.schemaname ?? "public"}.${relation.relname}`;
const shown = (name) => name.startsWith("public.") ? name.slice(7) : name;
const text = (node) => node !== void 0 && "String" in node ? node.String.sval : void 0;
const nameParts = (nodes) => (nodes ?? []).flatMap((node) => text(node) ?? []);
function qualified(nodes) {
	const parts = nameParts(nodes);
	return parts.length === 1 ? `public.${parts[0]}` : parts.join(".");
}
function droppedName(node) {
	if ("List" in node) return qualified(node.List.items);
	if ("TypeName" in node) return qualified(node.TypeName.names);
	if ("ObjectWithArgs" in node) return qualified(node.ObjectWithArgs.objname);
	return text(node) ?? "";
}
const smallRows = 1e4;
const smallBytes = 16777216;
const isSmall = ({ rows, bytes }) => rows <= smallRows && bytes <= smallBytes;
function concurrently(node) {
	if ("IndexStmt" in node && node.IndexStmt.concurrent === true) return "CREATE INDEX CONCURRENTLY";
	if ("DropStmt" in node && node.DropStmt.concurrent === true) return "DROP INDEX CONCURRENTLY";
	if ("ReindexStmt" in node && hasOption(node.ReindexStmt.params, "concurrently")) return "REINDEX CONCURRENTLY";
	if (!("AlterTableStmt" in node)) return void 0;
	return node.AlterTableStmt.cmds?.some((command) => "AlterTableCmd" in command && command.AlterTableCmd.subtype === "AT_DetachPartition" && command.AlterTableCmd.def !== void 0 && "PartitionCmd" in command.AlterTableCmd.def && command.AlterTableCmd.def.PartitionCmd.concurrent === true) ? "DETACH PARTITION CONCURRENTLY" : void 0;
}
const isRepeatable = (node) => {
	const what = concurrently(node);
	return what !== void 0 && what !== "DETACH PARTITION CONCURRENTLY";
};
const hasOption = (params, name) => params?.some((param) => "DefElem" in param && param.DefElem.defname === name && ![
	"false",
	"off",
	"0"
].includes(text(param.DefElem.arg) ?? "on")) === true;
const oldestMajor = 14;
function startScope({ serverMajor, transaction, catalog }) {
	return {
		serverMajor: serverMajor ?? catalog?.serverMajor ?? oldestMajor,
		transaction,
		catalog,
		created: new Set(),
		notNullChecks: new Map(),
		validated: new Set(),
		policies: new Set(),
		file: newFile([], transaction === "file")
	};
}
const counted = (nodes) => nodes.filter((node) => !("VariableSetStmt" in node) && !("TransactionStmt" in node));
const newFile = (nodes, inTransaction) => ({
	statements: counted(nodes).length,
	allRepeatable: counted(nodes).every(isRepeatable),
	hasPolicyFor: new Set(nodes.flatMap((node) => "CreatePolicyStmt" in node ? [relationName(node.CreatePolicyStmt.table)] : [])),
	inTransaction,
	opened: false,
	altered: new Set(),
	added: new Set()
});
function openFile(scope, nodes) {
	scope.file = newFile(nodes, scope.transaction === "file");
}
const isInUse = (scope, table) => !scope.created.has(table);
const knownTable = ({ catalog }, table) => catalog?.tables[table];
function isKnownSmall(scope, table) {
	const known = knownTable(scope, table);
	return known !== void 0 && isSmall(known);
}
function notNullColumn({ raw_expr }) {
	if (raw_expr === void 0 || !("NullTest" in raw_expr) || raw_expr.NullTest.nulltesttype !== "IS_NOT_NULL") return void 0;
	const { arg } = raw_expr.NullTest;
	return arg !== void 0 && "ColumnRef" in arg ? nameParts(arg.ColumnRef.fields).at(-1) : void 0;
}
function isProvenNotNull({ notNullChecks, validated }, table, column) {
	return [...validated].some((key) => {
		const [owner, constraint] = key.split("/");
		if (owner !== table) return false;
		const proves = notNullChecks.get(key);
		return proves === void 0 ? constraint?.includes(column) === true : proves === column;
	});
}
function observe(scope, node) {
	const { created, file } = scope;
	if ("CreateStmt" in node) created.add(relationName(node.CreateStmt.relation));
	else if ("CreateTableAsStmt" in node) created.add(relationName(node.CreateTableAsStmt.into?.rel));
	else if ("CreateForeignTableStmt" in node) created.add(relationName(node.CreateForeignTableStmt.base?.relation));
	else if ("ViewStmt" in node) created.add(relationName(node.ViewStmt.view));
	else if ("CreateEnumStmt" in node) created.add(qualified(node.CreateEnumStmt.typeName));
	else if ("CreateDomainStmt" in node) created.add(qualified(node.CreateDomainStmt.domainname));
	else if ("CompositeTypeStmt" in node) created.add(relationName(node.CompositeTypeStmt.typevar));
	else if ("CreateFunctionStmt" in node) created.add(qualified(node.CreateFunctionStmt.funcname));
	else if ("CreateSchemaStmt" in node) created.add(`public.${node.CreateSchemaStmt.schemaname ?? ""}`);
	else if ("IndexStmt" in node) created.add(`public.${node.IndexStmt.idxname ?? ""}`);
	else if ("CreatePolicyStmt" in node) scope.policies.add(relationName(node.CreatePolicyStmt.table));
	else if ("DropStmt" in node) for (const object of node.DropStmt.objects ?? []) created.delete(droppedName(object));
	else if ("RenameStmt" in node) observeRename(scope, node.RenameStmt);
	else if ("TransactionStmt" in node) observeTransaction(file, node.TransactionStmt.kind ?? "");
	else if ("AlterTableStmt" in node) observeAlter(scope, node.AlterTableStmt);
}
function observeRename(scope, { renameType, relation, newname }) {
	if (renameType !== "OBJECT_TABLE" || newname === void 0) return;
	const from = relationName(relation);
	if (scope.created.has(from)) scope.created.add(`${from.slice(0, from.indexOf("."))}.${newname}`);
}
function observeTransaction(file, kind) {
	const begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
	if (!begins && !(kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK")) return;
	file.inTransaction = begins;
	file.opened = begins;
	file.altered = new Set();
	file.added = new Set();
}
function observeAlter(scope, { relation, cmds = [] }) {
	const table = relationName(relation);
	scope.file.altered.add(table);
	for (const node of cmds) {
		if (!("AlterTableCmd" in node)) continue;
		const { subtype, name, def } = node.AlterTableCmd;
		if (subtype === "AT_ValidateConstraint" && name !== void 0) scope.validated.add(`${table}/${name}`);
		if (subtype !== "AT_AddConstraint" || def === void 0 || !("Constraint" in def)) continue;
		const { Constraint: constraint } = def;
		if (constraint.conname === void 0) continue;
		const key = `${table}/${constraint.conname}`;
		scope.file.added.add(key);
		if (constraint.contype !== "CONSTR_CHECK") continue;
		scope.notNullChecks.set(key, notNullColumn(constraint) ?? "");
		if (constraint.skip_validation !== true) scope.validated.add(key);
	}
}
const everybody = new Set(["public", "anon"]);
function accessHazards(node, scope) {
	if ("AlterTableStmt" in node) return rowSecurity(node.AlterTableStmt, scope);
	if ("CreatePolicyStmt" in node) return newPolicy(node.CreatePolicyStmt);
	if ("AlterPolicyStmt" in node) {
		const table = relationName(node.AlterPolicyStmt.table);
		if (!isInUse(scope, table)) return [];
		return [policyChange(`Policy \`${node.AlterPolicyStmt.policy_name ?? ""}\` of \`${shown(table)}\` lets other rows through from now on`)];
	}
	if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY") return [policyChange("Without this policy other rows are let through, or none")];
	if ("GrantStmt" in node) return grant(node.GrantStmt);
	return [];
}
const policyChange = (what) => ({
	rule: "policy-change",
	message: `${what}, also for the version that serves now.`,
	rewrite: "Prove it with the behavioural probe of `verify`, and say in a comment what changes."
});
function rowSecurity({ relation, cmds = [] }, scope) {
	const table = relationName(relation);
	const of = shown(table);
	return cmds.flatMap((command) => {
		if (!("AlterTableCmd" in command)) return [];
		const { subtype } = command.AlterTableCmd;
		const hasPolicy = scope.policies.has(table) || scope.file.hasPolicyFor.has(table);
		if (subtype === "AT_EnableRowSecurity" && !hasPolicy) return [{
			rule: "row-security-without-policy",
			message: `With row level security and no policy every query of \`${of}\` gives no row and no error, except for its owner.`,
			rewrite: "Create the policies in the same file."
		}];
		if (subtype === "AT_DisableRowSecurity") return [{
			rule: "row-security-off",
			message: `Whoever may read \`${of}\` at all reads every row of it from now on.`,
			rewrite: "Change the policies instead."
		}];
		return [];
	});
}
function newPolicy({ policy_name, table, qual, with_check, roles = [], cmd_name, permissive }) {
	const open = (clause) => clause !== void 0 && "A_Const" in clause && clause.A_Const.boolval?.boolval === true;
	if (permissive !== true || !roles.some(isEverybody) || !(open(qual) || open(with_check))) return [];
	const reads = cmd_name === "select";
	return [{
		rule: "open-policy",
		...reads && { tier: "note" },
		message: `Policy \`${policy_name ?? ""}\` lets everybody ${reads ? "read" : "read or write"} every row of \`${shown(relationName(table))}\`.`,
		rewrite: "Name the role it is for, or a condition that holds for some rows only."
	}];
}
const isEverybody = (node) => "RoleSpec" in node && (node.RoleSpec.roletype === "ROLESPEC_PUBLIC" || everybody.has(node.RoleSpec.rolename ?? ""));
function grant({ is_grant, grantees = [], privileges = [] }) {
	if (is_grant !== true) return [{
		rule: "revoke",
		message: "The version that serves now may need what is taken away here.",
		rewrite: "Release a version that does not need it first."
	}];
	const names = privileges.flatMap((node) => "AccessPriv" in node ? [node.AccessPriv.priv_name ?? "all"] : []);
	const writes = names.length === 0 || names.some((name) => ![
		"select",
		"usage",
		"execute"
	].includes(name));
	if (!grantees.some(isEverybody) || !writes) return [];
	return [{
		rule: "open-grant",
		message: "Everybody may write here from now on; only row level security stands before it.",
		rewrite: "Grant it to the role that needs it."
	}];
}
function dataHazards(node, scope) {
	if ("TruncateStmt" in node) return truncate(node.TruncateStmt, scope);
	if ("UpdateStmt" in node) return write("UPDATE", node.UpdateStmt, scope);
	if ("DeleteStmt" in node) return write("DELETE", node.DeleteStmt, scope);
	return [];
}
function truncate({ relations = [], behavior }, scope) {
	const used = relations.flatMap((node) => "RangeVar" in node ? [relationName(node.RangeVar)] : []).filter((name) => isInUse(scope, name));
	if (used.length === 0) return [];
	const names = used.map((name) => `\`${shown(name)}\``).join(", ");
	if (behavior === "DROP_CASCADE") return [{
		rule: "truncate-cascade",
		message: `TRUNCATE ... CASCADE empties ${names} and every table that refers to them, whatever it is called.`,
		rewrite: "Name every table that is to be emptied, without CASCADE."
	}];
	return [{
		rule: "truncate",
		message: `All rows of ${names} are gone for good.`,
		rewrite: "Say in a comment why nobody needs them."
	}];
}
function write(verb, { relation, whereClause }, scope) {
	const table = relationName(relation);
	if (!isInUse(scope, table) || isKnownSmall(scope, table)) return [];
	const of = shown(table);
	const found = [];
	if (whereClause === void 0) found.push({
		rule: "whole-table-write",
		message: `${verb} without WHERE ${verb === "UPDATE" ? "writes" : "removes"} every row of \`${of}\` in one transaction; whoever writes one of them waits until it ends.`,
		rewrite: "Do it in batches of a few thousand rows, outside of the release."
	});
	if (scope.file.inTransaction && scope.file.altered.has(table)) found.push({
		rule: "backfill-under-lock",
		message: `The file changed \`${of}\` before, so its lock stops reads and writes for as long as this ${verb} runs.`,
		rewrite: `Put the ${verb} into a file of its own.`
	});
	return found;
}
function formHazards(node, scope) {
	return [
		...transactionHazards(node, scope),
		...concurrentHazards(node, scope),
		...duplicateHazards(node)
	];
}
function transactionHazards(node, { file, transaction }) {
	const wrapped = transaction === "file";
	if (!("TransactionStmt" in node)) return [];
	const { kind } = node.TransactionStmt;
	const begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
	const ends = kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK";
	const rewrite = wrapped ? "Remove it: every file already runs in one transaction, together with its row in the history." : "Remove one of the two.";
	if (begins && file.inTransaction) return [{
		rule: "nested-transaction",
		message: "A transaction is open already, so this BEGIN does nothing.",
		rewrite
	}];
	if (ends && (!file.inTransaction || wrapped && !file.opened)) return [{
		rule: "nested-transaction",
		message: wrapped ? "This ends the transaction the file runs in, and parts what was done from its row in the history." : "No transaction is open here.",
		rewrite
	}];
	return [];
}
const unfinishedTransaction = ({ file }) => file.opened ? {
	rule: "open-transaction",
	message: "The file opens a transaction and does not end it, so nothing of it would last.",
	rewrite: "End it with COMMIT, or remove BEGIN."
} : void 0;
function concurrentHazards(node, { file, transaction }) {
	const what = concurrently(node);
	const apart = file.statements === 1 || transaction === "file" && file.allRepeatable;
	const inside = file.opened || transaction !== "none" && (file.inTransaction || transaction === "message") && !apart;
	if (what === void 0 || !inside) return [];
	return [{
		rule: "concurrently-in-transaction",
		message: `${what} cannot run inside a transaction.`,
		rewrite: "Move it into a file of its own; a file with nothing else, or only such indexes, runs without a transaction."
	}];
}
function duplicateHazards(node) {
	const twice = firstTwice(namedColumns(node));
	if (twice === void 0) return [];
	return [{
		rule: "duplicate-column",
		message: `Column \`${twice}\` stands here twice, which PostgreSQL refuses.`,
		rewrite: "Keep one of the two."
	}];
}
function namedColumns(node) {
	if ("UpdateStmt" in node) return [assigned(node.UpdateStmt.targetList)];
	if ("InsertStmt" in node) return [assigned(node.InsertStmt.cols), assigned(node.InsertStmt.onConflictClause?.targetList)];
	if ("MergeStmt" in node) return (node.MergeStmt.mergeWhenClauses ?? []).map((clause) => {
		if (!("MergeWhenClause" in clause)) return [];
		const { targetList } = clause.MergeWhenClause;
		return assigned(targetList);
	});
	if ("CreateStmt" in node) return [defined(node.CreateStmt.tableElts)];
	if ("CreateForeignTableStmt" in node) return [defined(node.CreateForeignTableStmt.base?.tableElts)];
	if ("ViewStmt" in node) {
		const named = (node.ViewStmt.aliases ?? []).flatMap((alias) => text(alias) ?? []);
		return [named.length > 0 ? named : selected(node.ViewStmt.query)];
	}
	if ("CreateTableAsStmt" in node) return [selected(node.CreateTableAsStmt.query)];
	if ("SelectStmt" in node && node.SelectStmt.intoClause !== void 0) return [selected(node)];
	return [];
}
const firstTwice = (lists) => lists.map((names) => names.find((name, i) => names.indexOf(name) < i)).find((name) => name !== void 0);
function assigned(nodes) {
	const whole = [];
	const parts = new Set();
	for (const node of nodes ?? []) {
		if (!("ResTarget" in node) || node.ResTarget.name === void 0) continue;
		const { name, indirection } = node.ResTarget;
		if (indirection === void 0 || indirection.length === 0) whole.push(name);
		else parts.add(name);
	}
	return [...whole, ...parts];
}
const defined = (nodes) => (nodes ?? []).flatMap((node) => "ColumnDef" in node ? node.ColumnDef.colname ?? [] : []);
function selected(query) {
	if (query === void 0 || !("SelectStmt" in query)) return [];
	return (query.SelectStmt.targetList ?? []).flatMap((node) => {
		if (!("ResTarget" in node)) return [];
		const { name, val } = node.ResTarget;
		if (name !== void 0) return [name];
		return val !== void 0 && "A_Const" in val ? ["?column?"] : [];
	});
}
function lockHazards(node, scope) {
	return [
		...tableHazards(node, scope),
		...indexHazards(node, scope),
		...wholeHazards(node, scope)
	].map(({ table, ...hazard }) => table !== void 0 && isKnownSmall(scope, table) ? {
		...hazard,
		tier: "note",
		message: `${hazard.message} The table is small, so it takes no time.`
	} : hazard);
}
function tableHazards(node, scope) {
	if (!("AlterTableStmt" in node)) return [];
	const { relation, cmds = [], objtype } = node.AlterTableStmt;
	const table = relationName(relation);
	if (objtype !== "OBJECT_TABLE" || !isInUse(scope, table)) return [];
	return cmds.flatMap((command) => "AlterTableCmd" in command ? commandHazards(command.AlterTableCmd, table, scope) : []);
}
function commandHazards({ subtype, name, def }, table, scope) {
	const of = shown(table);
	switch (subtype) {
		case "AT_AddColumn": return def !== void 0 && "ColumnDef" in def ? addColumn(def.ColumnDef, table) : [];
		case "AT_AddConstraint": return def !== void 0 && "Constraint" in def ? addConstraint(def.Constraint, table) : [];
		case "AT_ValidateConstraint":
			if (!scope.file.inTransaction || !scope.file.added.has(`${table}/${name}`)) return [];
			return [{
				rule: "validate-under-lock",
				table,
				message: `\`${name}\` is validated in the transaction that added it, whose lock on \`${of}\` is held all the while.`,
				rewrite: "Validate it in a later file: then only the reading happens, under a lock nobody waits for."
			}];
		case "AT_SetNotNull":
			if (name === void 0 || isProvenNotNull(scope, table, name)) return [];
			return [{
				rule: "not-null-scan",
				table,
				message: `SET NOT NULL reads all of \`${of}\` under a lock that stops reads and writes.`,
				rewrite: `First \`ALTER TABLE ${of} ADD CONSTRAINT ${name}_not_null CHECK (${name} IS NOT NULL) NOT VALID\`, in a later file \`VALIDATE CONSTRAINT ${name}_not_null\`, then SET NOT NULL, which reads nothing any more.`
			}];
		case "AT_AlterColumnType": return def !== void 0 && "ColumnDef" in def && name !== void 0 ? typeChange(name, def.ColumnDef.typeName, def.ColumnDef.raw_default !== void 0, table, scope) : [];
		case "AT_DetachPartition":
			if (def === void 0 || !("PartitionCmd" in def) || def.PartitionCmd.concurrent === true) return [];
			return [{
				rule: "detach-partition",
				table,
				message: `DETACH PARTITION stops reads and writes of \`${of}\` and all its partitions.`,
				rewrite: "Write DETACH PARTITION ... CONCURRENTLY in a file of its own."
			}];
		case "AT_SetLogged":
		case "AT_SetUnLogged":
		case "AT_SetAccessMethod": return [{
			rule: "full-rewrite",
			table,
			message: `This writes all of \`${of}\` anew under a lock that stops reads and writes.`,
			rewrite: "Create a new table beside it, copy in batches, and swap the names."
		}];
		default: return [];
	}
}
function addColumn(column, table) {
	const name = column.colname ?? "";
	const of = shown(table);
	const constraints = (column.constraints ?? []).flatMap((node) => "Constraint" in node ? [node.Constraint] : []);
	const has = (type) => constraints.find(({ contype }) => contype === type);
	const found = [];
	const fallback = has("CONSTR_DEFAULT")?.raw_expr;
	const generated = has("CONSTR_GENERATED");
	const serial = /^(?:big|small)?serial[248]?$/.test(nameParts(column.typeName?.names).at(-1) ?? "");
	if (fallback !== void 0 && !isFixed(fallback) || serial || has("CONSTR_IDENTITY") !== void 0) found.push({
		rule: "table-rewrite",
		table,
		message: `\`${name}\` gets another value in every row, so all of \`${of}\` is written anew under a lock that stops reads and writes.`,
		rewrite: `Add \`${name}\` without a default, set the default in a second statement (it counts for new rows), and fill the old rows in batches.`
	});
	if (generated !== void 0 && generated.generated_kind !== "v") found.push({
		rule: "table-rewrite",
		table,
		message: `The stored column \`${name}\` is computed for every row of \`${of}\` under a lock that stops reads and writes.`,
		rewrite: `Add an ordinary column, fill it in batches, and keep it current by a trigger or by the application.`
	});
	if (has("CONSTR_NOTNULL") !== void 0 && fallback === void 0 && generated === void 0 && !serial && has("CONSTR_IDENTITY") === void 0) found.push({
		rule: "required-column",
		message: `\`${name}\` must not be null and has no default: PostgreSQL refuses it as soon as \`${of}\` has a row, and the version that serves now cannot insert any more.`,
		rewrite: `Add it with a constant default, or nullable, fill it, and set NOT NULL in a later release.`
	});
	return [...found, ...constraints.flatMap((constraint) => addConstraint(constraint, table, name))];
}
function addConstraint(constraint, table, column) {
	const { contype, indexname, skip_validation, conname } = constraint;
	const of = shown(table);
	const named = conname ?? (column === void 0 ? "the constraint" : `${column}'s constraint`);
	if (contype === "CONSTR_PRIMARY" && indexname === void 0) return [{
		rule: "primary-key-build",
		table,
		message: `The primary key builds its index while nobody can read or write \`${of}\`.`,
		rewrite: `First \`CREATE UNIQUE INDEX CONCURRENTLY\` in a file of its own, then \`ADD CONSTRAINT ... PRIMARY KEY USING INDEX ...\`.`
	}];
	if ((contype === "CONSTR_UNIQUE" || contype === "CONSTR_EXCLUSION") && indexname === void 0) return [{
		rule: "unique-build",
		table,
		message: `\`${named}\` builds its index while nobody can read or write \`${of}\`.`,
		rewrite: `First \`CREATE UNIQUE INDEX CONCURRENTLY\` in a file of its own, then \`ADD CONSTRAINT ... UNIQUE USING INDEX ...\`.`
	}];
	if (contype === "CONSTR_FOREIGN") {
		const other = shown(relationName(constraint.pktable));
		if (skip_validation === true) return [addedLater(`\`${named}\` refuses new rows without a match in \`${other}\``)];
		return [{
			rule: "foreign-key-scan",
			table,
			message: `\`${named}\` reads all of \`${of}\` while nobody can write \`${of}\` or \`${other}\`.`,
			rewrite: "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file."
		}];
	}
	if (contype !== "CONSTR_CHECK" || column !== void 0) return [];
	if (skip_validation === true) return [addedLater(`\`${named}\` refuses new rows that do not meet it`)];
	return [{
		rule: "check-scan",
		table,
		message: `\`${named}\` reads all of \`${of}\` under a lock that stops reads and writes.`,
		rewrite: "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file."
	}];
}
const addedLater = (what) => ({
	rule: "new-constraint",
	message: `${what}, also those of the version that serves now.`,
	rewrite: "Make sure that the version that serves now writes only what meets it."
});
const steady = new Set([
	...[
		"now",
		"transaction_timestamp",
		"statement_timestamp",
		"current_setting",
		"current_user",
		"session_user"
	],
	...[
		"to_timestamp",
		"make_interval",
		"make_date",
		"date_trunc",
		"timezone",
		"lower",
		"upper",
		"coalesce"
	],
	...[
		"jsonb_build_object",
		"jsonb_build_array",
		"json_build_object",
		"json_build_array",
		"array_fill",
		"md5"
	]
]);
const withoutArguments = new Set([
	"now",
	"transaction_timestamp",
	"statement_timestamp"
]);
function isFixed(node) {
	if ("A_Const" in node || "SQLValueFunction" in node) return true;
	if ("TypeCast" in node) return node.TypeCast.arg !== void 0 && isFixed(node.TypeCast.arg);
	if ("A_ArrayExpr" in node) return (node.A_ArrayExpr.elements ?? []).every(isFixed);
	if ("CoalesceExpr" in node) return (node.CoalesceExpr.args ?? []).every(isFixed);
	if ("A_Expr" in node) return [node.A_Expr.lexpr, node.A_Expr.rexpr].every((side) => side === void 0 || isFixed(side));
	if (!("FuncCall" in node)) return false;
	const name = nameParts(node.FuncCall.funcname).at(-1) ?? "";
	const { args = [] } = node.FuncCall;
	return steady.has(name) && args.every(isFixed) && !(withoutArguments.has(name) && args.length > 0);
}
function typeChange(column, typeName, converted, table, scope) {
	const present = knownTable(scope, table)?.columns[column];
	const wanted = typeText(typeName);
	const of = shown(table);
	if (present !== void 0 && !converted && isWidening(present, wanted)) return [{
		rule: "type-change",
		tier: "note",
		effects: [],
		message: `\`${of}.${column}\` goes from ${present} to ${wanted}, which changes no row.`,
		rewrite: "Nothing has to be done."
	}];
	return [{
		rule: "type-change",
		table,
		message: `\`${of}.${column}\`${present === void 0 ? "" : ` from ${present}`} becomes ${wanted}: the whole table may be written anew while nobody can read or write it, and the version that serves now may read something it does not expect.`,
		rewrite: `Add a new column of the new type, write both, fill it in batches, read the new one, and drop the old one in a later release.`
	}];
}
function typeText(typeName) {
	const name = nameParts(typeName?.names).at(-1) ?? "another type";
	const lengths = (typeName?.typmods ?? []).flatMap((node) => "A_Const" in node ? [node.A_Const.ival?.ival ?? 0] : []);
	const long = {
		varchar: "character varying",
		bpchar: "character",
		int4: "integer",
		int8: "bigint",
		int2: "smallint"
	};
	const spelled = Object.hasOwn(long, name) ? long[name] : name;
	const arrays = "[]".repeat(typeName?.arrayBounds?.length ?? 0);
	return `${spelled}${lengths.length === 0 ? "" : `(${lengths.join(",")})`}${arrays}`;
}
function isWidening(present, wanted) {
	const limit = (type) => {
		if (type === "text" || type === "character varying") return Number.POSITIVE_INFINITY;
		const found = /^character varying\((\d+)\)$/.exec(type);
		return found === null ? void 0 : Number(found[1]);
	};
	const [from, to] = [limit(present), limit(wanted)];
	return present === wanted || from !== void 0 && to !== void 0 && to >= from;
}
function indexHazards(node, scope) {
	if ("IndexStmt" in node) {
		const { relation, concurrent, unique, idxname } = node.IndexStmt;
		const table = relationName(relation);
		if (!isInUse(scope, table)) return [];
		const of = shown(table);
		const promise = unique === true ? [{
			rule: "unique-index",
			message: `The version that serves now must not write the same value twice into \`${of}\`.`,
			rewrite: "Look for duplicates before; the build stops at the first one."
		}] : [];
		if (concurrent === true) return promise;
		return [...promise, {
			rule: "index-build",
			table,
			message: `Nobody can write \`${of}\` while ${idxname === void 0 ? "the index" : `\`${idxname}\``} is built.`,
			rewrite: "Write CREATE INDEX CONCURRENTLY in a file of its own."
		}];
	}
	if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX" && node.DropStmt.concurrent !== true) return (node.DropStmt.objects ?? []).map(droppedName).filter((name) => isInUse(scope, name)).map((name) => ({
		rule: "index-drop",
		message: `Dropping \`${shown(name)}\` waits for every query of its table, and every new one waits behind it.`,
		rewrite: "Write DROP INDEX CONCURRENTLY in a file of its own."
	}));
	if ("ReindexStmt" in node) {
		const { kind, params } = node.ReindexStmt;
		if (hasOption(params, "concurrently") || kind === "REINDEX_OBJECT_SYSTEM") return [];
		return [{
			rule: "reindex",
			message: "Nobody can write the table, and often nobody can read it, while its indexes are built again.",
			rewrite: "Write REINDEX ... CONCURRENTLY in a file of its own."
		}];
	}
	return [];
}
function wholeHazards(node, scope) {
	if ("VacuumStmt" in node && hasOption(node.VacuumStmt.options, "full")) return [{
		rule: "full-rewrite",
		...rewritten("VACUUM FULL")
	}];
	if ("ClusterStmt" in node) return [{
		rule: "full-rewrite",
		...rewritten("CLUSTER")
	}];
	if ("RefreshMatViewStmt" in node && node.RefreshMatViewStmt.concurrent !== true) {
		const view = relationName(node.RefreshMatViewStmt.relation);
		if (!isInUse(scope, view)) return [];
		return [{
			rule: "full-rewrite",
			message: `Nobody can read \`${shown(view)}\` while it is refreshed.`,
			rewrite: "Give it a unique index and write REFRESH MATERIALIZED VIEW CONCURRENTLY."
		}];
	}
	if ("LockStmt" in node) return [{
		rule: "explicit-lock",
		message: "LOCK TABLE holds its lock until the file ends, and everybody waits behind it.",
		rewrite: "Leave it away; statements take the locks they need."
	}];
	return [];
}
const rewritten = (what) => ({
	message: `${what} writes the whole table anew while nobody can read or write it.`,
	rewrite: "Leave it out of a release; plain VACUUM, or a tool that copies beside the table, does it without a stop."
});
function schemaHazards(node, scope) {
	if ("AlterTableStmt" in node) return alterHazards(node.AlterTableStmt, scope);
	if ("DropStmt" in node) return dropHazards(node.DropStmt, scope);
	if ("DropdbStmt" in node) return [{
		rule: "drop-database",
		message: `DROP DATABASE \`${node.DropdbStmt.dbname ?? ""}\` is nothing a release does.`,
		rewrite: "Remove it."
	}];
	if ("RenameStmt" in node) return renameHazards(node.RenameStmt, scope);
	if ("AlterObjectSchemaStmt" in node) {
		const name = relationName(node.AlterObjectSchemaStmt.relation);
		if (name !== "" && !isInUse(scope, name)) return [];
		return [{
			rule: "set-schema",
			message: `${name === "" ? "The object" : `\`${shown(name)}\``} moves to schema \`${node.AlterObjectSchemaStmt.newschema ?? ""}\`, where the version that serves now does not look.`,
			rewrite: "Leave a view of the old name behind, in the same file, until the old version is gone."
		}];
	}
	if ("AlterEnumStmt" in node) return enumHazards(node.AlterEnumStmt, scope);
	if ("AlterDomainStmt" in node && node.AlterDomainStmt.subtype === "C") return [domainConstraint(qualified(node.AlterDomainStmt.typeName))];
	if ("CreateDomainStmt" in node && (node.CreateDomainStmt.constraints ?? []).length > 0) return [domainConstraint(qualified(node.CreateDomainStmt.domainname))];
	if ("CreateTrigStmt" in node) {
		const table = relationName(node.CreateTrigStmt.relation);
		if (!isInUse(scope, table)) return [];
		return [{
			rule: "trigger",
			message: `The trigger also runs for the writes of the version that serves now to \`${shown(table)}\`, and can refuse them.`,
			rewrite: "Make sure that it refuses nothing the old version writes."
		}];
	}
	return [];
}
const domainConstraint = (name) => ({
	rule: "domain-constraint",
	message: `A constraint of domain \`${shown(name)}\` can never be added without reading every table that uses it under lock.`,
	rewrite: "Put the check on the tables, NOT VALID first."
});
function alterHazards({ relation, cmds = [], objtype }, scope) {
	const table = relationName(relation);
	if (objtype !== "OBJECT_TABLE" || !isInUse(scope, table)) return [];
	const of = shown(table);
	return cmds.flatMap((command) => {
		if (!("AlterTableCmd" in command)) return [];
		const { subtype, name = "", def } = command.AlterTableCmd;
		if (subtype === "AT_DropColumn") return [{
			rule: "drop-column",
			message: `The version that serves now may still read \`${of}.${name}\`, and its values are gone for good.`,
			rewrite: "Release a version that does not use it first, and drop it in a later release."
		}];
		if (subtype === "AT_ColumnDefault" && def === void 0) return [{
			rule: "drop-default",
			message: `The version that serves now may insert into \`${of}\` without naming \`${name}\`.`,
			rewrite: "Release a version that always names it first."
		}];
		if (subtype === "AT_DropNotNull") return [{
			rule: "drop-not-null",
			message: `The version that serves now may not expect a null in \`${of}.${name}\`.`,
			rewrite: "Write nulls only once every version that serves can read them."
		}];
		return [];
	});
}
function dropHazards({ objects = [], removeType }, scope) {
	const used = objects.map(droppedName).filter((name) => isInUse(scope, name));
	if (removeType === "OBJECT_TABLE" || removeType === "OBJECT_FOREIGN_TABLE") return used.map((name) => ({
		rule: "drop-table",
		message: `The version that serves now may still use \`${shown(name)}\`, and its rows are gone for good.`,
		rewrite: "Release a version that does not use it first, and drop it in a later release."
	}));
	if (removeType === void 0 || !droppedKinds.has(removeType)) return [];
	return used.map((name) => ({
		rule: "drop-object",
		message: `The version that serves now may still use \`${shown(name)}\`.`,
		rewrite: "Release a version that does not use it first, and drop it in a later release."
	}));
}
const droppedKinds = new Set([...[
	"OBJECT_VIEW",
	"OBJECT_MATVIEW",
	"OBJECT_FUNCTION",
	"OBJECT_PROCEDURE",
	"OBJECT_ROUTINE",
	"OBJECT_TYPE"
], ...[
	"OBJECT_DOMAIN",
	"OBJECT_SCHEMA",
	"OBJECT_SEQUENCE",
	"OBJECT_EXTENSION",
	"OBJECT_AGGREGATE"
]]);
const renamedKinds = new Set([...[
	"OBJECT_TABLE",
	"OBJECT_COLUMN",
	"OBJECT_VIEW",
	"OBJECT_MATVIEW",
	"OBJECT_TYPE",
	"OBJECT_ATTRIBUTE"
], ...[
	"OBJECT_FUNCTION",
	"OBJECT_PROCEDURE",
	"OBJECT_SCHEMA",
	"OBJECT_SEQUENCE",
	"OBJECT_DOMAIN",
	"OBJECT_ROLE"
]]);
function renameHazards({ renameType, relation, subname, newname, object }, scope) {
	if (renameType === void 0 || !renamedKinds.has(renameType)) return [];
	const name = relation === void 0 ? object === void 0 ? "" : droppedName(object) : relationName(relation);
	if (name !== "" && !isInUse(scope, name)) return [];
	return [{
		rule: "rename",
		message: `\`${subname === void 0 ? shown(name) : `${shown(name)}${name === "" ? "" : "."}${subname}`}\` is called \`${newname ?? ""}\` from this moment on, and the version that serves now asks for the old name.`,
		rewrite: "Add the new name beside the old one (a column kept in step, or a view), and remove the old one in a later release."
	}];
}
function enumHazards({ typeName, oldVal, newVal, newValNeighbor }, scope) {
	const name = qualified(typeName);
	if (!isInUse(scope, name)) return [];
	if (oldVal !== void 0) return [{
		rule: "rename",
		message: `Value \`${oldVal}\` of \`${shown(name)}\` is called \`${newVal ?? ""}\` from this moment on, and the version that serves now writes the old one.`,
		rewrite: "Add the new value beside the old one, and change the rows in batches."
	}];
	if (newValNeighbor !== void 0) return [];
	return [{
		rule: "enum-order",
		message: `\`${newVal ?? ""}\` sorts behind every other value of \`${shown(name)}\`.`,
		rewrite: "Say BEFORE or AFTER which value, if its order means anything."
	}];
}
function lintMigrations(files, parse, options) {
	const scope = startScope(options);
	return files.flatMap((file) => lintFile(file, parse, scope));
}
function lintFile(file, parse, scope) {
	const place = places(file.sql);
	const parsed = parse(file.sql);
	if (!parsed.ok) return [finding(file, place(parsed.at), {
		rule: "syntax",
		message: `PostgreSQL cannot read this: ${parsed.message}`,
		rewrite: "Correct the statement; nothing of this file would be applied."
	})];
	const allowed = acknowledgements(file.sql);
	const found = [];
	openFile(scope, parsed.statements.map(({ node }) => node));
	for (const { node, start, end } of parsed.statements) {
		const hazards = [
			...formHazards(node, scope),
			...lockHazards(node, scope),
			...schemaHazards(node, scope),
			...dataHazards(node, scope),
			...accessHazards(node, scope)
		];
		for (const hazard of hazards) {
			const reason = allowed.reasonFor(hazard.rule, start, end);
			found.push({
				...finding(file, place(start), hazard),
				...reason !== void 0 && { acknowledged: reason }
			});
		}
		observe(scope, node);
	}
	const unfinished = unfinishedTransaction(scope);
	if (unfinished !== void 0) found.push(finding(file, place(file.sql.trimEnd().length), unfinished));
	for (const { at, problem } of allowed.problems) found.push(finding(file, place(at), {
		rule: "acknowledgement",
		message: problem,
		rewrite: acknowledgeForm
	}));
	return found;
}
const acknowledgeForm = "Write `-- sluice: allow RULE because REASON` above the statement it is about.";
function finding(file, { line, column }, { rule, message, rewrite, tier, effects }) {
	const known = rules[rule];
	return {
		rule,
		tier: tier ?? known.tier,
		effects: effects ?? known.effects,
		file: file.name,
		line,
		column,
		message,
		rewrite
	};
}
function places(text) {
	const starts = [0];
	for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
	return (offset) => {
		let line = starts.findIndex((start) => start > offset);
		if (line < 0) line = starts.length;
		return {
			line,
			column: offset - (starts[line - 1] ?? 0) + 1
		};
	};
}
const unanswered = (findings) => findings.filter(({ tier, acknowledged }) => tier === "block" || tier === "acknowledge" ? acknowledged === void 0 : false);
const breaksOldVersion = (findings) => findings.some(({ effects }) => effects.includes("breaks-reads") || effects.includes("breaks-writes"));
async function sqlParser() {
	const { loadModule, parseSync } = await import("./libpg-query/index.cjs");
	await loadModule();
	return (sql) => {
		if (sql.trim() === "") return {
			ok: true,
			statements: []
		};
		try {
			return {
				ok: true,
				statements: placed(sql, parseSync(sql))
			};
		} catch (problem) {
			const { message, sqlDetails } = problem;
			return {
				ok: false,
				message,
				at: Math.min(sql.length, unitsOf(sql, Math.max(0, sqlDetails?.cursorPosition ?? 0)))
			};
		}
	};
}
const unitsOf = (sql, points) => [...sql.slice(0, 2 * points)].slice(0, points).join("").length;
function placed(sql, { stmts = [] }) {
	const units = unitsOfBytes(sql);
	return stmts.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
		if (stmt === void 0) return [];
		const from = units(stmt_location);
		const end = stmt_len === void 0 ? sql.length : units(stmt_location + stmt_len);
		return [{
			node: stmt,
			start: from + lengthOfBlank(sql.slice(from, end)),
			end
		}];
	});
}
function unitsOfBytes(sql) {
	const encoded = Buffer.from(sql, "utf8");
	if (encoded.length === sql.length) return (bytes) => bytes;
	return (bytes) => encoded.subarray(0, bytes).toString("utf8").length;
}
function lengthOfBlank(text) {
	let at = 0;
	for (;;) {
		const blank = /^(?:\s+|--[^\n]*(?:\n|$))/.exec(text.slice(at));
		if (blank !== null) at += blank[0].length;
		else if (text.startsWith("/*", at)) at = endOfComment(text, at);
		else return at;
	}
}
function endOfComment(text, from) {
	let depth = 0;
	const mark = /\/\*|\*\//g;
	mark.lastIndex = from;
	for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
		depth += found[0] === "/*" ? 1 : -1;
		if (depth === 0) return mark.lastIndex;
	}
	return text.length;
}
const annotate = {
	block: "error",
	acknowledge: "error",
	note: "notice"
};
async function lintFiles(request, ports) {
	const { files, catalog, transaction, generated = false } = request;
	const findings = lintMigrations(files, await sqlParser(), {
		catalog,
		transaction
	});
	for (const { tier, rule, message, rewrite, file, line, column, acknowledged } of findings) if (acknowledged !== void 0) ports.log.info(`${file}:${line}: ${rule} is acknowledged: ${acknowledged}`);
	else if (generated) ports.log.warn(`${file}: ${rule}: ${message} ${rewrite}`);
	else if (annotate[tier] === "error") ports.log.error(`${rule}: ${message} ${rewrite}`, {
		file,
		line,
		column
	});
	else ports.log.info(`${file}:${line}: ${rule}: ${message}`);
	const open = unanswered(findings);
	const [first] = open;
	if (first === void 0) return {
		findings,
		open,
		verdict: pass("migrations-safe", `${files.length} migration file(s) read, nothing needs an answer.`, { findings })
	};
	const others = open.length === 1 ? "" : `There are ${open.length - 1} more. `;
	const message = `${first.file}:${first.line}:${first.column} ${first.rule}: ${first.message} ${first.rewrite} ` + `If it is meant so, write \`-- sluice: allow ${first.rule} because REASON\` above the statement. ${others}`.trimEnd();
	return {
		findings,
		open,
		verdict: fail("migration-hazard", message, { findings })
	};
}
const largestFile = 8388608;
async function readSqlFiles(directory, workspace) {
	const files = (await readdir(path.join(workspace, directory), { withFileTypes: true }).catch(() => {
		throw new InputError(`The migrations directory ${directory} cannot be read. Check its path.`);
	})).flatMap((entry) => {
		if (entry.isDirectory()) return [`${entry.name}/migration.sql`];
		return entry.isFile() && entry.name.endsWith(".sql") ? [entry.name] : [];
	}).sort(asTheyRun).flatMap((name) => {
		const file = path.posix.join(directory, name);
		return existsSync(path.join(workspace, file)) ? [readSqlFile(file, workspace)] : [];
	});
	if (files.length === 0) throw new InputError(`${directory} holds no .sql file and no folder with a migration.sql. Check its path.`);
	return files;
}
function asTheyRun(a, b) {
	const [first, second] = [a, b].map((name) => BigInt(/^\d+/.exec(name)?.[0] ?? -1));
	if (first !== void 0 && second !== void 0 && first !== second) return first < second ? -1 : 1;
	return a < b ? -1 : 1;
}
function readSqlFile(file, workspace) {
	const bytes = readBytes(path.join(workspace, file));
	if (bytes.length > largestFile) throw new InputError(`${file} has ${bytes.length} bytes, which is no migration. Move it elsewhere.`);
	return {
		name: file,
		sql: Buffer.from(bytes).toString("utf8")
	};
}
const migrationFolders = ({ stages }) => [...new Set(stages.flatMap(({ migrate }) => (migrate?.sql ?? migrate?.supabase ?? migrate?.prisma)?.directory ?? []))];
const transactionOf = (files) => files.some(({ name }) => name.endsWith("/migration.sql")) ? "message" : "file";
export { lintFiles as a, transactionOf as i, readSqlFile as n, breaksOldVersion as o, readSqlFiles as r, migrationFolders as t };
