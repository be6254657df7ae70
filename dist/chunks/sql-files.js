import { S as nearName, _ as pass, h as fail, p as InputError } from "./words.js";
import { r as readBytes } from "./migration-files.js";
import path from "node:path";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
const rule = (tier, about, ...what) => ({
	tier,
	effects: what,
	about
}), rules = {
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
}, isRule = (name) => Object.hasOwn(rules, name), comment = /--[ \t]*sluice:([^\n]*)/g, form = /^\s*allow\s+(\S+)(?:\s+because\s+(.*\S))?\s*$/;
function acknowledgements(sql) {
	let allowed = [], problems = [];
	if (!sql.includes("sluice:")) return {
		problems,
		reasonFor: () => void 0
	};
	for (let found of sql.matchAll(comment)) {
		let [whole, said = ""] = found, at = found.index, [, name = "", reason] = form.exec(said) ?? [];
		name === "" ? problems.push({
			at,
			problem: "This comment begins with `sluice:` and allows nothing."
		}) : isRule(name) ? reason === void 0 ? problems.push({
			at,
			problem: `\`${name}\` is allowed without a reason: say why, for whoever reads this in a year.`
		}) : allowed.push({
			at,
			end: at + whole.length,
			rule: name,
			reason
		}) : problems.push({
			at,
			problem: unknownRule(name)
		});
	}
	return {
		problems,
		reasonFor: (rule, start, end) => allowed.find((one) => one.rule === rule && one.at < end && (one.at >= start || isDirectlyAbove(sql, one.end, start)))?.reason
	};
}
const isDirectlyAbove = (sql, from, to) => from <= to && /^(?:\s|--[^\n]*(?:\n|$))*$/.test(sql.slice(from, to));
function unknownRule(name) {
	let near = nearName(name, Object.keys(rules));
	return `There is no rule \`${name.slice(0, 60)}\`${near === void 0 ? "." : `, did you mean \`${near}\`?`}`;
}
const relationName = (relation) => relation?.relname === void 0 ? "" : `${relation.schemaname ?? "public"}.${relation.relname}`, shown = (name) => name.startsWith("public.") ? name.slice(7) : name, text = (node) => node !== void 0 && "String" in node ? node.String.sval : void 0, nameParts = (nodes) => (nodes ?? []).flatMap((node) => text(node) ?? []);
function qualified(nodes) {
	let parts = nameParts(nodes);
	return parts.length === 1 ? `public.${parts[0]}` : parts.join(".");
}
function droppedName(node) {
	return "List" in node ? qualified(node.List.items) : "TypeName" in node ? qualified(node.TypeName.names) : "ObjectWithArgs" in node ? qualified(node.ObjectWithArgs.objname) : text(node) ?? "";
}
const isSmall = ({ rows, bytes }) => rows <= 1e4 && bytes <= 16777216;
function concurrently(node) {
	if ("IndexStmt" in node && node.IndexStmt.concurrent === !0) return "CREATE INDEX CONCURRENTLY";
	if ("DropStmt" in node && node.DropStmt.concurrent === !0) return "DROP INDEX CONCURRENTLY";
	if ("ReindexStmt" in node && hasOption(node.ReindexStmt.params, "concurrently")) return "REINDEX CONCURRENTLY";
	if ("AlterTableStmt" in node) return node.AlterTableStmt.cmds?.some((command) => "AlterTableCmd" in command && command.AlterTableCmd.subtype === "AT_DetachPartition" && command.AlterTableCmd.def !== void 0 && "PartitionCmd" in command.AlterTableCmd.def && command.AlterTableCmd.def.PartitionCmd.concurrent === !0) ? "DETACH PARTITION CONCURRENTLY" : void 0;
}
const isRepeatable = (node) => {
	let what = concurrently(node);
	return what !== void 0 && what !== "DETACH PARTITION CONCURRENTLY";
}, hasOption = (params, name) => params?.some((param) => "DefElem" in param && param.DefElem.defname === name && ![
	"false",
	"off",
	"0"
].includes(text(param.DefElem.arg) ?? "on")) === !0;
function startScope({ serverMajor, transaction, catalog }) {
	return {
		serverMajor: serverMajor ?? catalog?.serverMajor ?? 14,
		transaction,
		catalog,
		created: new Set(),
		notNullChecks: new Map(),
		validated: new Set(),
		policies: new Set(),
		file: newFile([], transaction === "file")
	};
}
const counted = (nodes) => nodes.filter((node) => !("VariableSetStmt" in node) && !("TransactionStmt" in node)), newFile = (nodes, inTransaction) => ({
	statements: counted(nodes).length,
	allRepeatable: counted(nodes).every(isRepeatable),
	hasPolicyFor: new Set(nodes.flatMap((node) => "CreatePolicyStmt" in node ? [relationName(node.CreatePolicyStmt.table)] : [])),
	inTransaction,
	opened: !1,
	altered: new Set(),
	added: new Set()
});
function openFile(scope, nodes) {
	scope.file = newFile(nodes, scope.transaction === "file");
}
const isInUse = (scope, table) => !scope.created.has(table), knownTable = ({ catalog }, table) => catalog?.tables[table];
function isKnownSmall(scope, table) {
	let known = knownTable(scope, table);
	return known !== void 0 && isSmall(known);
}
function notNullColumn({ raw_expr }) {
	if (raw_expr === void 0 || !("NullTest" in raw_expr) || raw_expr.NullTest.nulltesttype !== "IS_NOT_NULL") return;
	let { arg } = raw_expr.NullTest;
	return arg !== void 0 && "ColumnRef" in arg ? nameParts(arg.ColumnRef.fields).at(-1) : void 0;
}
function isProvenNotNull({ notNullChecks, validated }, table, column) {
	return [...validated].some((key) => {
		let [owner, constraint] = key.split("/");
		if (owner !== table) return !1;
		let proves = notNullChecks.get(key);
		return proves === void 0 ? `_${constraint}_`.includes(`_${column}_`) : proves === column;
	});
}
function observe(scope, node) {
	let { created, file } = scope;
	if ("CreateStmt" in node) observeTable(scope, node.CreateStmt);
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
	else if ("DropStmt" in node) for (let object of node.DropStmt.objects ?? []) created.delete(droppedName(object));
	else "RenameStmt" in node ? observeRename(scope, node.RenameStmt) : "TransactionStmt" in node ? observeTransaction(file, node.TransactionStmt.kind ?? "") : "AlterTableStmt" in node && observeAlter(scope, node.AlterTableStmt);
}
function observeTable(scope, { relation, if_not_exists }) {
	let name = relationName(relation);
	(if_not_exists !== !0 || knownTable(scope, name) === void 0) && scope.created.add(name);
}
function observeRename(scope, { renameType, relation, newname }) {
	if (renameType !== "OBJECT_TABLE" || newname === void 0) return;
	let from = relationName(relation);
	scope.created.has(from) && scope.created.add(`${from.slice(0, from.indexOf("."))}.${newname}`);
}
function observeTransaction(file, kind) {
	let begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
	(begins || kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK") && (file.inTransaction = begins, file.opened = begins, file.altered = new Set(), file.added = new Set());
}
function observeAlter(scope, { relation, cmds = [] }) {
	let table = relationName(relation);
	scope.file.altered.add(table);
	for (let node of cmds) {
		if (!("AlterTableCmd" in node)) continue;
		let { subtype, name, def } = node.AlterTableCmd;
		if (subtype === "AT_ValidateConstraint" && name !== void 0 && scope.validated.add(`${table}/${name}`), subtype !== "AT_AddConstraint" || def === void 0 || !("Constraint" in def)) continue;
		let { Constraint: constraint } = def;
		if (constraint.conname === void 0) continue;
		let key = `${table}/${constraint.conname}`;
		scope.file.added.add(key), constraint.contype === "CONSTR_CHECK" && (scope.notNullChecks.set(key, notNullColumn(constraint) ?? ""), constraint.skip_validation !== !0 && scope.validated.add(key));
	}
}
const everybody = new Set(["public", "anon"]);
function accessHazards(node, scope) {
	if ("AlterTableStmt" in node) return rowSecurity(node.AlterTableStmt, scope);
	if ("CreatePolicyStmt" in node) return newPolicy(node.CreatePolicyStmt);
	if ("AlterPolicyStmt" in node) {
		let table = relationName(node.AlterPolicyStmt.table);
		return isInUse(scope, table) ? [policyChange(`Policy \`${node.AlterPolicyStmt.policy_name ?? ""}\` of \`${shown(table)}\` lets other rows through from now on`)] : [];
	}
	return "DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY" ? [policyChange("Without this policy other rows are let through, or none")] : "GrantStmt" in node ? grant(node.GrantStmt) : [];
}
const policyChange = (what) => ({
	rule: "policy-change",
	message: `${what}, also for the version that serves now.`,
	rewrite: "Prove it with the behavioural probe of `verify`, and say in a comment what changes."
});
function rowSecurity({ relation, cmds = [] }, scope) {
	let table = relationName(relation), of = shown(table);
	return cmds.flatMap((command) => {
		if (!("AlterTableCmd" in command)) return [];
		let { subtype } = command.AlterTableCmd, hasPolicy = scope.policies.has(table) || scope.file.hasPolicyFor.has(table);
		return subtype === "AT_EnableRowSecurity" && !hasPolicy ? [{
			rule: "row-security-without-policy",
			message: `With row level security and no policy every query of \`${of}\` gives no row and no error, except for its owner.`,
			rewrite: "Create the policies in the same file."
		}] : subtype === "AT_DisableRowSecurity" ? [{
			rule: "row-security-off",
			message: `Whoever may read \`${of}\` at all reads every row of it from now on.`,
			rewrite: "Change the policies instead."
		}] : [];
	});
}
function newPolicy({ policy_name, table, qual, with_check, roles = [], cmd_name, permissive }) {
	let open = (clause) => clause !== void 0 && "A_Const" in clause && clause.A_Const.boolval?.boolval === !0;
	if (permissive !== !0 || !roles.some(isEverybody) || !(open(qual) || open(with_check))) return [];
	let reads = cmd_name === "select";
	return [{
		rule: "open-policy",
		...reads && { tier: "note" },
		message: `Policy \`${policy_name ?? ""}\` lets everybody ${reads ? "read" : "read or write"} every row of \`${shown(relationName(table))}\`.`,
		rewrite: "Name the role it is for, or a condition that holds for some rows only."
	}];
}
const isEverybody = (node) => "RoleSpec" in node && (node.RoleSpec.roletype === "ROLESPEC_PUBLIC" || everybody.has(node.RoleSpec.rolename ?? ""));
function grant({ is_grant, grantees = [], privileges = [] }) {
	if (is_grant !== !0) return [{
		rule: "revoke",
		message: "The version that serves now may need what is taken away here.",
		rewrite: "Release a version that does not need it first."
	}];
	let names = privileges.flatMap((node) => "AccessPriv" in node ? [node.AccessPriv.priv_name ?? "all"] : []), writes = names.length === 0 || names.some((name) => ![
		"select",
		"usage",
		"execute"
	].includes(name));
	return !grantees.some(isEverybody) || !writes ? [] : [{
		rule: "open-grant",
		message: "Everybody may write here from now on; only row level security stands before it.",
		rewrite: "Grant it to the role that needs it."
	}];
}
function dataHazards(node, scope) {
	return "TruncateStmt" in node ? truncate(node.TruncateStmt, scope) : "UpdateStmt" in node ? write("UPDATE", node.UpdateStmt, scope) : "DeleteStmt" in node ? write("DELETE", node.DeleteStmt, scope) : [];
}
function truncate({ relations = [], behavior }, scope) {
	let used = relations.flatMap((node) => "RangeVar" in node ? [relationName(node.RangeVar)] : []).filter((name) => isInUse(scope, name));
	if (used.length === 0) return [];
	let names = used.map((name) => `\`${shown(name)}\``).join(", ");
	return behavior === "DROP_CASCADE" ? [{
		rule: "truncate-cascade",
		message: `TRUNCATE ... CASCADE empties ${names} and every table that refers to them, whatever it is called.`,
		rewrite: "Name every table that is to be emptied, without CASCADE."
	}] : [{
		rule: "truncate",
		message: `All rows of ${names} are gone for good.`,
		rewrite: "Say in a comment why nobody needs them."
	}];
}
function write(verb, { relation, whereClause }, scope) {
	let table = relationName(relation);
	if (!isInUse(scope, table) || isKnownSmall(scope, table)) return [];
	let of = shown(table), found = [];
	return whereClause === void 0 && found.push({
		rule: "whole-table-write",
		message: `${verb} without WHERE ${verb === "UPDATE" ? "writes" : "removes"} every row of \`${of}\` in one transaction; whoever writes one of them waits until it ends.`,
		rewrite: "Do it in batches of a few thousand rows, outside of the release."
	}), scope.file.inTransaction && scope.file.altered.has(table) && found.push({
		rule: "backfill-under-lock",
		message: `The file changed \`${of}\` before, so its lock stops reads and writes for as long as this ${verb} runs.`,
		rewrite: `Put the ${verb} into a file of its own.`
	}), found;
}
function formHazards(node, scope) {
	return [
		...transactionHazards(node, scope),
		...concurrentHazards(node, scope),
		...duplicateHazards(node)
	];
}
function transactionHazards(node, { file, transaction }) {
	let wrapped = transaction === "file";
	if (!("TransactionStmt" in node)) return [];
	let { kind } = node.TransactionStmt, begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START", ends = kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK", rewrite = wrapped ? "Remove it: every file already runs in one transaction, together with its row in the history." : "Remove one of the two.";
	return begins && file.inTransaction ? [{
		rule: "nested-transaction",
		message: "A transaction is open already, so this BEGIN does nothing.",
		rewrite
	}] : ends && (!file.inTransaction || wrapped && !file.opened) ? [{
		rule: "nested-transaction",
		message: wrapped ? "This ends the transaction the file runs in, and parts what was done from its row in the history." : "No transaction is open here.",
		rewrite
	}] : [];
}
const unfinishedTransaction = ({ file }) => file.opened ? {
	rule: "open-transaction",
	message: "The file opens a transaction and does not end it, so nothing of it would last.",
	rewrite: "End it with COMMIT, or remove BEGIN."
} : void 0;
function concurrentHazards(node, { file, transaction }) {
	let what = concurrently(node), apart = file.statements === 1 || transaction === "file" && file.allRepeatable, inside = file.opened || transaction !== "none" && (file.inTransaction || transaction === "message") && !apart;
	return what === void 0 || !inside ? [] : [{
		rule: "concurrently-in-transaction",
		message: `${what} cannot run inside a transaction.`,
		rewrite: "Move it into a file of its own; a file with nothing else, or only such indexes, runs without a transaction."
	}];
}
function duplicateHazards(node) {
	let twice = firstTwice(namedColumns(node));
	return twice === void 0 ? [] : [{
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
		let { targetList } = clause.MergeWhenClause;
		return assigned(targetList);
	});
	if ("CreateStmt" in node) return [defined(node.CreateStmt.tableElts)];
	if ("CreateForeignTableStmt" in node) return [defined(node.CreateForeignTableStmt.base?.tableElts)];
	if ("ViewStmt" in node) {
		let named = (node.ViewStmt.aliases ?? []).flatMap((alias) => text(alias) ?? []);
		return [named.length > 0 ? named : selected(node.ViewStmt.query)];
	}
	return "CreateTableAsStmt" in node ? [selected(node.CreateTableAsStmt.query)] : "SelectStmt" in node && node.SelectStmt.intoClause !== void 0 ? [selected(node)] : [];
}
const firstTwice = (lists) => lists.map((names) => names.find((name, i) => names.indexOf(name) < i)).find((name) => name !== void 0);
function assigned(nodes) {
	let whole = [], parts = new Set();
	for (let node of nodes ?? []) {
		if (!("ResTarget" in node) || node.ResTarget.name === void 0) continue;
		let { name, indirection } = node.ResTarget;
		indirection === void 0 || indirection.length === 0 ? whole.push(name) : parts.add(name);
	}
	return [...whole, ...parts];
}
const defined = (nodes) => (nodes ?? []).flatMap((node) => "ColumnDef" in node ? node.ColumnDef.colname ?? [] : []);
function selected(query) {
	return query === void 0 || !("SelectStmt" in query) ? [] : (query.SelectStmt.targetList ?? []).flatMap((node) => {
		if (!("ResTarget" in node)) return [];
		let { name, val } = node.ResTarget;
		return name === void 0 ? val !== void 0 && "A_Const" in val ? ["?column?"] : [] : [name];
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
	let { relation, cmds = [], objtype } = node.AlterTableStmt, table = relationName(relation);
	return objtype !== "OBJECT_TABLE" || !isInUse(scope, table) ? [] : cmds.flatMap((command) => "AlterTableCmd" in command ? commandHazards(command.AlterTableCmd, table, scope) : []);
}
function commandHazards({ subtype, name, def }, table, scope) {
	let of = shown(table);
	switch (subtype) {
		case "AT_AddColumn": return def !== void 0 && "ColumnDef" in def ? addColumn(def.ColumnDef, table) : [];
		case "AT_AddConstraint": return def !== void 0 && "Constraint" in def ? addConstraint(def.Constraint, table) : [];
		case "AT_ValidateConstraint": return !scope.file.inTransaction || !scope.file.added.has(`${table}/${name}`) ? [] : [{
			rule: "validate-under-lock",
			table,
			message: `\`${name}\` is validated in the transaction that added it, whose lock on \`${of}\` is held all the while.`,
			rewrite: "Validate it in a later file: then only the reading happens, under a lock nobody waits for."
		}];
		case "AT_SetNotNull": return name === void 0 || isProvenNotNull(scope, table, name) ? [] : [{
			rule: "not-null-scan",
			table,
			message: `SET NOT NULL reads all of \`${of}\` under a lock that stops reads and writes.`,
			rewrite: `First \`ALTER TABLE ${of} ADD CONSTRAINT ${name}_not_null CHECK (${name} IS NOT NULL) NOT VALID\`, in a later file \`VALIDATE CONSTRAINT ${name}_not_null\`, then SET NOT NULL, which reads nothing any more.`
		}];
		case "AT_AlterColumnType": return def !== void 0 && "ColumnDef" in def && name !== void 0 ? typeChange(name, def.ColumnDef.typeName, def.ColumnDef.raw_default !== void 0, table, scope) : [];
		case "AT_DetachPartition": return def === void 0 || !("PartitionCmd" in def) || def.PartitionCmd.concurrent === !0 ? [] : [{
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
	let name = column.colname ?? "", of = shown(table), constraints = (column.constraints ?? []).flatMap((node) => "Constraint" in node ? [node.Constraint] : []), has = (type) => constraints.find(({ contype }) => contype === type), found = [], fallback = has("CONSTR_DEFAULT")?.raw_expr, generated = has("CONSTR_GENERATED"), serial = /^(?:big|small)?serial[248]?$/.test(nameParts(column.typeName?.names).at(-1) ?? "");
	return (fallback !== void 0 && !isFixed(fallback) || serial || has("CONSTR_IDENTITY") !== void 0) && found.push({
		rule: "table-rewrite",
		table,
		message: `\`${name}\` gets another value in every row, so all of \`${of}\` is written anew under a lock that stops reads and writes.`,
		rewrite: `Add \`${name}\` without a default, set the default in a second statement (it counts for new rows), and fill the old rows in batches.`
	}), generated !== void 0 && generated.generated_kind !== "v" && found.push({
		rule: "table-rewrite",
		table,
		message: `The stored column \`${name}\` is computed for every row of \`${of}\` under a lock that stops reads and writes.`,
		rewrite: "Add an ordinary column, fill it in batches, and keep it current by a trigger or by the application."
	}), has("CONSTR_NOTNULL") !== void 0 && fallback === void 0 && generated === void 0 && !serial && has("CONSTR_IDENTITY") === void 0 && found.push({
		rule: "required-column",
		message: `\`${name}\` must not be null and has no default: PostgreSQL refuses it as soon as \`${of}\` has a row, and the version that serves now cannot insert any more.`,
		rewrite: "Add it with a constant default, or nullable, fill it, and set NOT NULL in a later release."
	}), [...found, ...constraints.flatMap((constraint) => addConstraint(constraint, table, name))];
}
function addConstraint(constraint, table, column) {
	let { contype, indexname, skip_validation, conname } = constraint, of = shown(table), named = conname ?? (column === void 0 ? "the constraint" : `${column}'s constraint`);
	if (contype === "CONSTR_PRIMARY" && indexname === void 0) return [{
		rule: "primary-key-build",
		table,
		message: `The primary key builds its index while nobody can read or write \`${of}\`.`,
		rewrite: "First `CREATE UNIQUE INDEX CONCURRENTLY` in a file of its own, then `ADD CONSTRAINT ... PRIMARY KEY USING INDEX ...`."
	}];
	if ((contype === "CONSTR_UNIQUE" || contype === "CONSTR_EXCLUSION") && indexname === void 0) return [{
		rule: "unique-build",
		table,
		message: `\`${named}\` builds its index while nobody can read or write \`${of}\`.`,
		rewrite: "First `CREATE UNIQUE INDEX CONCURRENTLY` in a file of its own, then `ADD CONSTRAINT ... UNIQUE USING INDEX ...`."
	}];
	if (contype === "CONSTR_FOREIGN") {
		let other = shown(relationName(constraint.pktable));
		return skip_validation === !0 ? [addedLater(`\`${named}\` refuses new rows without a match in \`${other}\``)] : [{
			rule: "foreign-key-scan",
			table,
			message: `\`${named}\` reads all of \`${of}\` while nobody can write \`${of}\` or \`${other}\`.`,
			rewrite: "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file."
		}];
	}
	return contype !== "CONSTR_CHECK" || column !== void 0 ? [] : skip_validation === !0 ? [addedLater(`\`${named}\` refuses new rows that do not meet it`)] : [{
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
}), steady = new Set([
	"now",
	"transaction_timestamp",
	"statement_timestamp",
	"current_setting",
	"current_user",
	"session_user",
	"to_timestamp",
	"make_interval",
	"make_date",
	"date_trunc",
	"timezone",
	"lower",
	"upper",
	"coalesce",
	"jsonb_build_object",
	"jsonb_build_array",
	"json_build_object",
	"json_build_array",
	"array_fill",
	"md5"
]), withoutArguments = new Set([
	"now",
	"transaction_timestamp",
	"statement_timestamp"
]);
function isFixed(node) {
	if ("A_Const" in node || "SQLValueFunction" in node) return !0;
	if ("TypeCast" in node) return node.TypeCast.arg !== void 0 && isFixed(node.TypeCast.arg);
	if ("A_ArrayExpr" in node) return (node.A_ArrayExpr.elements ?? []).every(isFixed);
	if ("CoalesceExpr" in node) return (node.CoalesceExpr.args ?? []).every(isFixed);
	if ("A_Expr" in node) return [node.A_Expr.lexpr, node.A_Expr.rexpr].every((side) => side === void 0 || isFixed(side));
	if (!("FuncCall" in node)) return !1;
	let name = nameParts(node.FuncCall.funcname).at(-1) ?? "", { args = [] } = node.FuncCall;
	return steady.has(name) && args.every(isFixed) && !(withoutArguments.has(name) && args.length > 0);
}
function typeChange(column, typeName, converted, table, scope) {
	let present = knownTable(scope, table)?.columns[column], wanted = typeText(typeName), of = shown(table);
	return present !== void 0 && !converted && isWidening(present, wanted) ? [{
		rule: "type-change",
		tier: "note",
		effects: [],
		message: `\`${of}.${column}\` goes from ${present} to ${wanted}, which changes no row.`,
		rewrite: "Nothing has to be done."
	}] : [{
		rule: "type-change",
		table,
		message: `\`${of}.${column}\`${present === void 0 ? "" : ` from ${present}`} becomes ${wanted}: the whole table may be written anew while nobody can read or write it, and the version that serves now may read something it does not expect.`,
		rewrite: "Add a new column of the new type, write both, fill it in batches, read the new one, and drop the old one in a later release."
	}];
}
function typeText(typeName) {
	let name = nameParts(typeName?.names).at(-1) ?? "another type", lengths = (typeName?.typmods ?? []).flatMap((node) => "A_Const" in node ? [node.A_Const.ival?.ival ?? 0] : []), long = {
		varchar: "character varying",
		bpchar: "character",
		int4: "integer",
		int8: "bigint",
		int2: "smallint"
	}, spelled = Object.hasOwn(long, name) ? long[name] : name, arrays = "[]".repeat(typeName?.arrayBounds?.length ?? 0);
	return `${spelled}${lengths.length === 0 ? "" : `(${lengths.join(",")})`}${arrays}`;
}
function isWidening(present, wanted) {
	let limit = (type) => {
		if (type === "text" || type === "character varying") return Infinity;
		let found = /^character varying\((\d+)\)$/.exec(type);
		return found === null ? void 0 : Number(found[1]);
	}, [from, to] = [limit(present), limit(wanted)];
	return present === wanted || from !== void 0 && to !== void 0 && to >= from;
}
function indexHazards(node, scope) {
	if ("IndexStmt" in node) {
		let { relation, concurrent, unique, idxname } = node.IndexStmt, table = relationName(relation);
		if (!isInUse(scope, table)) return [];
		let of = shown(table), promise = unique === !0 ? [{
			rule: "unique-index",
			message: `The version that serves now must not write the same value twice into \`${of}\`.`,
			rewrite: "Look for duplicates before; the build stops at the first one."
		}] : [];
		return concurrent === !0 ? promise : [...promise, {
			rule: "index-build",
			table,
			message: `Nobody can write \`${of}\` while ${idxname === void 0 ? "the index" : `\`${idxname}\``} is built.`,
			rewrite: "Write CREATE INDEX CONCURRENTLY in a file of its own."
		}];
	}
	if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX" && node.DropStmt.concurrent !== !0) return (node.DropStmt.objects ?? []).map(droppedName).filter((name) => isInUse(scope, name)).map((name) => ({
		rule: "index-drop",
		message: `Dropping \`${shown(name)}\` waits for every query of its table, and every new one waits behind it.`,
		rewrite: "Write DROP INDEX CONCURRENTLY in a file of its own."
	}));
	if ("ReindexStmt" in node) {
		let { kind, params } = node.ReindexStmt;
		return hasOption(params, "concurrently") || kind === "REINDEX_OBJECT_SYSTEM" ? [] : [{
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
	if ("RefreshMatViewStmt" in node && node.RefreshMatViewStmt.concurrent !== !0) {
		let view = relationName(node.RefreshMatViewStmt.relation);
		return isInUse(scope, view) ? [{
			rule: "full-rewrite",
			message: `Nobody can read \`${shown(view)}\` while it is refreshed.`,
			rewrite: "Give it a unique index and write REFRESH MATERIALIZED VIEW CONCURRENTLY."
		}] : [];
	}
	return "LockStmt" in node ? [{
		rule: "explicit-lock",
		message: "LOCK TABLE holds its lock until the file ends, and everybody waits behind it.",
		rewrite: "Leave it away; statements take the locks they need."
	}] : [];
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
		let name = relationName(node.AlterObjectSchemaStmt.relation);
		return name !== "" && !isInUse(scope, name) ? [] : [{
			rule: "set-schema",
			message: `${name === "" ? "The object" : `\`${shown(name)}\``} moves to schema \`${node.AlterObjectSchemaStmt.newschema ?? ""}\`, where the version that serves now does not look.`,
			rewrite: "Leave a view of the old name behind, in the same file, until the old version is gone."
		}];
	}
	if ("AlterEnumStmt" in node) return enumHazards(node.AlterEnumStmt, scope);
	if ("AlterDomainStmt" in node && node.AlterDomainStmt.subtype === "C") return [domainConstraint(qualified(node.AlterDomainStmt.typeName))];
	if ("CreateDomainStmt" in node && (node.CreateDomainStmt.constraints ?? []).length > 0) return [domainConstraint(qualified(node.CreateDomainStmt.domainname))];
	if ("CreateTrigStmt" in node) {
		let table = relationName(node.CreateTrigStmt.relation);
		return isInUse(scope, table) ? [{
			rule: "trigger",
			message: `The trigger also runs for the writes of the version that serves now to \`${shown(table)}\`, and can refuse them.`,
			rewrite: "Make sure that it refuses nothing the old version writes."
		}] : [];
	}
	return [];
}
const domainConstraint = (name) => ({
	rule: "domain-constraint",
	message: `A constraint of domain \`${shown(name)}\` can never be added without reading every table that uses it under lock.`,
	rewrite: "Put the check on the tables, NOT VALID first."
});
function alterHazards({ relation, cmds = [], objtype }, scope) {
	let table = relationName(relation);
	if (objtype !== "OBJECT_TABLE" || !isInUse(scope, table)) return [];
	let of = shown(table);
	return cmds.flatMap((command) => {
		if (!("AlterTableCmd" in command)) return [];
		let { subtype, name = "", def } = command.AlterTableCmd;
		return subtype === "AT_DropColumn" ? [{
			rule: "drop-column",
			message: `The version that serves now may still read \`${of}.${name}\`, and its values are gone for good.`,
			rewrite: "Release a version that does not use it first, and drop it in a later release."
		}] : subtype === "AT_ColumnDefault" && def === void 0 ? [{
			rule: "drop-default",
			message: `The version that serves now may insert into \`${of}\` without naming \`${name}\`.`,
			rewrite: "Release a version that always names it first."
		}] : subtype === "AT_DropNotNull" ? [{
			rule: "drop-not-null",
			message: `The version that serves now may not expect a null in \`${of}.${name}\`.`,
			rewrite: "Write nulls only once every version that serves can read them."
		}] : [];
	});
}
function dropHazards({ objects = [], removeType }, scope) {
	let used = objects.map(droppedName).filter((name) => isInUse(scope, name));
	return removeType === "OBJECT_TABLE" || removeType === "OBJECT_FOREIGN_TABLE" ? used.map((name) => ({
		rule: "drop-table",
		message: `The version that serves now may still use \`${shown(name)}\`, and its rows are gone for good.`,
		rewrite: "Release a version that does not use it first, and drop it in a later release."
	})) : removeType === void 0 || !droppedKinds.has(removeType) ? [] : used.map((name) => ({
		rule: "drop-object",
		message: `The version that serves now may still use \`${shown(name)}\`.`,
		rewrite: "Release a version that does not use it first, and drop it in a later release."
	}));
}
const droppedKinds = new Set([
	"OBJECT_VIEW",
	"OBJECT_MATVIEW",
	"OBJECT_FUNCTION",
	"OBJECT_PROCEDURE",
	"OBJECT_ROUTINE",
	"OBJECT_TYPE",
	"OBJECT_DOMAIN",
	"OBJECT_SCHEMA",
	"OBJECT_SEQUENCE",
	"OBJECT_EXTENSION",
	"OBJECT_AGGREGATE"
]), renamedKinds = new Set([
	"OBJECT_TABLE",
	"OBJECT_COLUMN",
	"OBJECT_VIEW",
	"OBJECT_MATVIEW",
	"OBJECT_TYPE",
	"OBJECT_ATTRIBUTE",
	"OBJECT_FUNCTION",
	"OBJECT_PROCEDURE",
	"OBJECT_SCHEMA",
	"OBJECT_SEQUENCE",
	"OBJECT_DOMAIN",
	"OBJECT_ROLE"
]);
function renameHazards({ renameType, relation, subname, newname, object }, scope) {
	if (renameType === void 0 || !renamedKinds.has(renameType)) return [];
	let name = relation === void 0 ? object === void 0 ? "" : droppedName(object) : relationName(relation);
	return name !== "" && !isInUse(scope, name) ? [] : [{
		rule: "rename",
		message: `\`${subname === void 0 ? shown(name) : `${shown(name)}${name === "" ? "" : "."}${subname}`}\` is called \`${newname ?? ""}\` from this moment on, and the version that serves now asks for the old name.`,
		rewrite: "Add the new name beside the old one (a column kept in step, or a view), and remove the old one in a later release."
	}];
}
function enumHazards({ typeName, oldVal, newVal, newValNeighbor }, scope) {
	let name = qualified(typeName);
	return isInUse(scope, name) ? oldVal === void 0 ? newValNeighbor === void 0 ? [{
		rule: "enum-order",
		message: `\`${newVal ?? ""}\` sorts behind every other value of \`${shown(name)}\`.`,
		rewrite: "Say BEFORE or AFTER which value, if its order means anything."
	}] : [] : [{
		rule: "rename",
		message: `Value \`${oldVal}\` of \`${shown(name)}\` is called \`${newVal ?? ""}\` from this moment on, and the version that serves now writes the old one.`,
		rewrite: "Add the new value beside the old one, and change the rows in batches."
	}] : [];
}
function lintMigrations(files, parse, options) {
	let scope = startScope(options);
	return files.flatMap((file) => lintFile(file, parse, scope));
}
function lintFile(file, parse, scope) {
	let place = places(file.sql), parsed = parse(file.sql);
	if (!parsed.ok) return [finding(file, place(parsed.at), {
		rule: "syntax",
		message: `PostgreSQL cannot read this: ${parsed.message}`,
		rewrite: "Correct the statement; nothing of this file would be applied."
	})];
	let allowed = acknowledgements(file.sql), found = [];
	openFile(scope, parsed.statements.map(({ node }) => node));
	for (let { node, start, end } of parsed.statements) {
		let hazards = [
			...formHazards(node, scope),
			...lockHazards(node, scope),
			...schemaHazards(node, scope),
			...dataHazards(node, scope),
			...accessHazards(node, scope)
		];
		for (let hazard of hazards) {
			let reason = allowed.reasonFor(hazard.rule, start, end);
			found.push({
				...finding(file, place(start), hazard),
				...reason !== void 0 && { acknowledged: reason }
			});
		}
		observe(scope, node);
	}
	let unfinished = unfinishedTransaction(scope);
	unfinished !== void 0 && found.push(finding(file, place(file.sql.trimEnd().length), unfinished));
	for (let { at, problem } of allowed.problems) found.push(finding(file, place(at), {
		rule: "acknowledgement",
		message: problem,
		rewrite: acknowledgeForm
	}));
	return found;
}
const acknowledgeForm = "Write `-- sluice: allow RULE because REASON` above the statement it is about.";
function finding(file, { line, column }, { rule, message, rewrite, tier, effects }) {
	let known = rules[rule];
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
	let starts = [0];
	for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
	return (offset) => {
		let line = starts.findIndex((start) => start > offset);
		return line < 0 && (line = starts.length), {
			line,
			column: offset - (starts[line - 1] ?? 0) + 1
		};
	};
}
const unanswered = (findings) => findings.filter(({ tier, acknowledged }) => tier === "block" || tier === "acknowledge" ? acknowledged === void 0 : !1), breaksOldVersion = (findings) => findings.some(({ effects }) => effects.includes("breaks-reads") || effects.includes("breaks-writes"));
async function sqlParser() {
	let { loadModule, parseSync } = await import("./libpg-query/index.cjs");
	return await loadModule(), (sql) => {
		if (sql.trim() === "") return {
			ok: !0,
			statements: []
		};
		try {
			return {
				ok: !0,
				statements: placed(sql, parseSync(sql))
			};
		} catch (problem) {
			let { message, sqlDetails } = problem;
			return {
				ok: !1,
				message,
				at: Math.min(sql.length, unitsOf(sql, Math.max(0, sqlDetails?.cursorPosition ?? 0)))
			};
		}
	};
}
const unitsOf = (sql, points) => [...sql.slice(0, 2 * points)].slice(0, points).join("").length;
function placed(sql, { stmts = [] }) {
	let units = unitsOfBytes(sql);
	return stmts.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
		if (stmt === void 0) return [];
		let from = units(stmt_location), end = stmt_len === void 0 ? sql.length : units(stmt_location + stmt_len);
		return [{
			node: stmt,
			start: from + lengthOfBlank(sql.slice(from, end)),
			end
		}];
	});
}
function unitsOfBytes(sql) {
	let encoded = Buffer.from(sql, "utf8");
	return encoded.length === sql.length ? (bytes) => bytes : (bytes) => encoded.subarray(0, bytes).toString("utf8").length;
}
function lengthOfBlank(text) {
	let at = 0;
	for (;;) {
		let blank = /^(?:\s+|--[^\n]*(?:\n|$))/.exec(text.slice(at));
		if (blank !== null) at += blank[0].length;
		else if (text.startsWith("/*", at)) at = endOfComment(text, at);
		else return at;
	}
}
function endOfComment(text, from) {
	let depth = 0, mark = /\/\*|\*\//g;
	mark.lastIndex = from;
	for (let found = mark.exec(text); found !== null; found = mark.exec(text)) if (depth += found[0] === "/*" ? 1 : -1, depth === 0) return mark.lastIndex;
	return text.length;
}
const annotate = {
	block: "error",
	acknowledge: "error",
	note: "notice"
};
async function lintFiles(request, ports) {
	let { files, catalog, transaction, generated = !1 } = request, findings = lintMigrations(files, await sqlParser(), {
		catalog,
		transaction
	});
	for (let { tier, rule, message, rewrite, file, line, column, acknowledged } of findings) acknowledged === void 0 ? generated ? ports.log.warn(`${file}: ${rule}: ${message} ${rewrite}`) : annotate[tier] === "error" ? ports.log.error(`${rule}: ${message} ${rewrite}`, {
		file,
		line,
		column
	}) : ports.log.info(`${file}:${line}: ${rule}: ${message}`) : ports.log.info(`${file}:${line}: ${rule} is acknowledged: ${acknowledged}`);
	let open = unanswered(findings), [first] = open;
	if (first === void 0) return {
		findings,
		open,
		verdict: pass("migrations-safe", `${files.length} migration file(s) read, nothing needs an answer.`, { findings })
	};
	let others = open.length === 1 ? "" : `There are ${open.length - 1} more. `, message = `${first.file}:${first.line}:${first.column} ${first.rule}: ${first.message} ${first.rewrite} ` + `If it is meant so, write \`-- sluice: allow ${first.rule} because REASON\` above the statement. ${others}`.trimEnd();
	return {
		findings,
		open,
		verdict: fail("migration-hazard", message, { findings })
	};
}
async function readSqlFiles(directory, workspace) {
	let files = (await readdir(path.join(workspace, directory), { withFileTypes: !0 }).catch(() => {
		throw new InputError(`The migrations directory ${directory} cannot be read. Check its path.`);
	})).flatMap((entry) => entry.isDirectory() ? [`${entry.name}/migration.sql`] : entry.isFile() && entry.name.endsWith(".sql") ? [entry.name] : []).sort(asTheyRun).flatMap((name) => {
		let file = path.posix.join(directory, name);
		return existsSync(path.join(workspace, file)) ? [readSqlFile(file, workspace)] : [];
	});
	if (files.length === 0) throw new InputError(`${directory} holds no .sql file and no folder with a migration.sql. Check its path.`);
	return files;
}
function asTheyRun(a, b) {
	let [first, second] = [a, b].map((name) => BigInt(/^\d+/.exec(name)?.[0] ?? -1));
	return first !== void 0 && second !== void 0 && first !== second ? first < second ? -1 : 1 : a < b ? -1 : 1;
}
function readSqlFile(file, workspace) {
	let bytes = readBytes(path.join(workspace, file));
	if (bytes.length > 8388608) throw new InputError(`${file} has ${bytes.length} bytes, which is no migration. Move it elsewhere.`);
	return {
		name: file,
		sql: Buffer.from(bytes).toString("utf8")
	};
}
const migrationFolders = ({ stages }) => [...new Set(stages.flatMap(({ migrate }) => (migrate?.sql ?? migrate?.supabase ?? migrate?.prisma)?.directory ?? []))], transactionOf = (files) => files.some(({ name }) => name.endsWith("/migration.sql")) ? "message" : "file";
export { lintFiles as a, transactionOf as i, readSqlFile as n, breaksOldVersion as o, readSqlFiles as r, migrationFolders as t };
