import { w as nearName } from "./words.js";
const answeredByPromise = new Set(["opaque", "replaced"]), rule = (tier, ...what) => ({
tier,
effects: what
}), rules = {
syntax: rule("block", "fails", "breaks-reads", "breaks-writes"),
acknowledgement: rule("block", "fails"),
"duplicate-column": rule("block", "fails"),
"nested-transaction": rule("block", "fails"),
"open-transaction": rule("block", "fails"),
"concurrently-in-transaction": rule("block", "fails"),
"required-column": rule("block", "fails", "breaks-writes"),
"table-rewrite": rule("block", "stalls"),
"type-change": rule("block", "stalls", "breaks-reads"),
"foreign-key-scan": rule("block", "stalls", "breaks-writes"),
"check-scan": rule("block", "stalls", "breaks-writes"),
"validate-under-lock": rule("block", "stalls"),
"not-null-scan": rule("block", "stalls", "breaks-writes"),
"primary-key-build": rule("block", "stalls", "breaks-writes"),
"unique-build": rule("block", "stalls", "breaks-writes"),
"index-build": rule("block", "stalls"),
"index-drop": rule("block", "stalls"),
reindex: rule("block", "stalls"),
"detach-partition": rule("block", "stalls"),
"attach-partition": rule("acknowledge", "stalls", "breaks-writes"),
"rows-leave": rule("acknowledge", "breaks-reads", "breaks-writes"),
"full-rewrite": rule("block", "stalls"),
"explicit-lock": rule("acknowledge", "stalls"),
"domain-constraint": rule("acknowledge", "stalls", "breaks-writes"),
"new-constraint": rule("note", "breaks-writes"),
"unique-index": rule("note", "breaks-writes"),
"drop-column": rule("acknowledge", "breaks-reads", "loses-data"),
"drop-table": rule("acknowledge", "breaks-reads", "loses-data"),
"drop-object": rule("acknowledge", "breaks-reads"),
"drop-owned": rule("block", "breaks-reads", "breaks-writes", "loses-data"),
"drop-database": rule("block", "loses-data"),
"drop-default": rule("acknowledge", "breaks-writes"),
"drop-not-null": rule("note"),
rename: rule("acknowledge", "breaks-reads"),
"set-schema": rule("acknowledge", "breaks-reads"),
trigger: rule("acknowledge", "breaks-writes"),
truncate: rule("acknowledge", "loses-data", "stalls"),
"truncate-cascade": rule("block", "loses-data", "stalls"),
"whole-table-write": rule("acknowledge", "loses-data", "stalls"),
"backfill-under-lock": rule("acknowledge", "stalls"),
"row-security-without-policy": rule("acknowledge", "breaks-reads"),
"policy-change": rule("acknowledge", "breaks-reads", "exposes"),
"row-security-forced": rule("acknowledge", "breaks-reads", "breaks-writes"),
"row-security-off": rule("acknowledge", "exposes"),
"open-policy": rule("acknowledge", "exposes"),
"open-grant": rule("acknowledge", "exposes"),
revoke: rule("acknowledge", "breaks-reads", "breaks-writes"),
"owner-change": rule("note", "breaks-reads", "breaks-writes"),
opaque: rule("acknowledge", "breaks-reads", "breaks-writes"),
replaced: rule("acknowledge", "breaks-reads", "breaks-writes"),
"maybe-new": rule("note"),
"enum-order": rule("note")
}, isRule = (name) => Object.hasOwn(rules, name), hazard = (rule, message, rewrite, more) => [{
rule,
message,
rewrite,
...more
}], dropLater = "Release a version that does not use it first, and drop it in a later release.", comment = /--[ \t]*sluice:([^\n]*)/g, form = /^\s*allow\s+(\S+)(?:\s+because\s+(.*\S))?\s*$/;
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
].includes(text(param.DefElem.arg) ?? "on")) === !0, both = ["lock_timeout", "statement_timeout"];
function timeoutChanges(node) {
let gone = (timeout) => ({
timeout,
isLocal: !1,
isLoosened: !0
});
if ("DiscardStmt" in node) return node.DiscardStmt.target === "DISCARD_ALL" ? both.map(gone) : [];
if ("VariableSetStmt" in node) {
let { kind, name, args, is_local } = node.VariableSetStmt;
if (kind === "VAR_RESET_ALL") return both.map(gone);
let value = kind === "VAR_SET_VALUE" ? constant(args?.[0]) : void 0;
return both.flatMap((timeout) => named(timeout, name) ? [change(timeout, value, is_local === !0)] : []);
}
return callsOf(node).flatMap(({ name, args }) => {
if (name !== "set_config") return [];
let [setting, value, local] = args, wanted = constant(setting);
return both.flatMap((timeout) => wanted === void 0 || named(timeout, wanted) ? [change(timeout, constant(value), constant(local) === "true")] : []);
});
}
const named = (timeout, name) => name?.toLowerCase() === timeout;
function change(timeout, value, isLocal) {
let ms = value === void 0 ? void 0 : milliseconds(value);
return {
timeout,
isLocal,
isLoosened: !(ms !== void 0 && ms > 0 && (timeout === "statement_timeout" || ms <= 1e3))
};
}
const units = {
us: .001,
ms: 1,
s: 1e3,
min: 6e4,
h: 36e5,
d: 864e5
};
function milliseconds(value) {
let [, number, unit = "ms"] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)?\s*$/.exec(value) ?? [], factor = units[unit];
return number === void 0 || factor === void 0 ? void 0 : Number(number) * factor;
}
function constant(node) {
if (node === void 0) return;
if ("TypeCast" in node) return constant(node.TypeCast.arg);
if (!("A_Const" in node)) return;
let { sval, ival, fval, boolval } = node.A_Const;
return boolval === void 0 ? ival === void 0 ? sval?.sval ?? fval?.fval : String(ival.ival ?? 0) : String(boolval.boolval === !0);
}
const running$1 = [
"SelectStmt",
"InsertStmt",
"UpdateStmt",
"DeleteStmt",
"MergeStmt",
"CreateTableAsStmt",
"CopyStmt",
"ExplainStmt",
"PrepareStmt"
];
function callsOf(node) {
let [kind = ""] = Object.keys(node);
return running$1.includes(kind) ? calls(node) : [];
}
function calls(value) {
if (typeof value != "object" || !value) return [];
let within = Object.values(value).flatMap(calls);
if (!("FuncCall" in value)) return within;
let { funcname, args = [] } = value.FuncCall, parts = nameParts(funcname);
return [{
name: (parts.length === 2 && parts[0] === "pg_catalog" ? parts.slice(1) : parts).join("."),
args
}, ...within];
}
function startScope({ serverMajor, transaction, catalog, schema: named }) {
let schema = named ?? catalog?.schema ?? "public";
return {
serverMajor: serverMajor ?? catalog?.serverMajor ?? 14,
transaction,
catalog,
schema,
created: new Set(),
maybeNew: new Set(),
notNullChecks: new Map(),
validated: new Set(),
indexes: new Map(),
required: new Set(),
newColumns: new Set(),
policies: new Set(),
loosened: new Map(),
file: newFile([], transaction === "file", schema)
};
}
function transactionAround(nodes) {
let [first] = nodes, last = nodes.at(-1);
if (first === void 0 || last === void 0 || !("TransactionStmt" in first) || !("TransactionStmt" in last)) return new Set();
let { kind: begins, options = [] } = first.TransactionStmt, { kind: ends, chain } = last.TransactionStmt, isPlain = options.length === 0 && chain !== !0;
return new Set(begins === "TRANS_STMT_BEGIN" && ends === "TRANS_STMT_COMMIT" && isPlain ? [first, last] : []);
}
const counted = (nodes) => nodes.filter((node) => !("VariableSetStmt" in node) && !("TransactionStmt" in node)), newFile = (nodes, inTransaction, schema, within = []) => ({
schema,
ends: transactionAround(nodes),
statements: counted(nodes).length,
allRepeatable: counted(nodes).every(isRepeatable),
hasPolicyFor: new Set([...nodes, ...within].flatMap((node) => "CreatePolicyStmt" in node ? [relationName(node.CreatePolicyStmt.table)] : [])),
prepared: new Set(),
inTransaction,
opened: !1,
isBranch: !1,
isLoop: !1,
altered: new Set(),
added: new Set()
});
function openFile(scope, nodes, within) {
scope.file = newFile(nodes, scope.transaction === "file", scope.schema, within);
for (let [timeout, { isLocal }] of scope.loosened) (isLocal || scope.transaction === "file") && scope.loosened.delete(timeout);
}
const withinBlock = (file) => ({
...file,
opened: !0,
...!file.inTransaction && {
inTransaction: !0,
altered: new Set(),
added: new Set()
}
}), branchOf = (scope, isLoop) => ({
...scope,
created: new Set(scope.created),
maybeNew: new Set(scope.maybeNew),
notNullChecks: new Map(scope.notNullChecks),
validated: new Set(scope.validated),
indexes: new Map(scope.indexes),
required: new Set(scope.required),
newColumns: new Set(scope.newColumns),
policies: new Set(scope.policies),
file: {
...scope.file,
isBranch: !0,
isLoop: scope.file.isLoop || isLoop
}
}), isInUse = (scope, table) => !scope.created.has(table);
function isAboutMaybeNew({ maybeNew }, node) {
let [body] = Object.values(node);
return maybeNew.size > 0 && maybeNew.has(relationName(body?.relation ?? body?.table));
}
const knownTable = ({ catalog }, table) => catalog?.tables[table];
function isKnownSmall(scope, table) {
let known = knownTable(scope, table);
return known !== void 0 && isSmall(known);
}
const isRequired = (scope, table, column) => scope.required.has(`${table}/${column}`) || knownTable(scope, table)?.required?.includes(column) === !0;
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
for (let { timeout, isLocal, isLoosened } of timeoutChanges(node)) isLoosened ? scope.loosened.set(timeout, { isLocal }) : file.isBranch || scope.loosened.delete(timeout);
if ("CreateStmt" in node) observeTable(scope, node.CreateStmt);
else if ("CreateTableAsStmt" in node) observeTable(scope, {
...node.CreateTableAsStmt,
relation: node.CreateTableAsStmt.into?.rel
});
else if ("SelectStmt" in node) observeInto(scope, node.SelectStmt.intoClause?.rel);
else if ("CreateForeignTableStmt" in node) observeTable(scope, { ...node.CreateForeignTableStmt.base });
else if ("ViewStmt" in node) observeReplaceable(scope, relationName(node.ViewStmt.view), node.ViewStmt.replace);
else if ("CreateEnumStmt" in node) created.add(qualified(node.CreateEnumStmt.typeName));
else if ("CreateDomainStmt" in node) created.add(qualified(node.CreateDomainStmt.domainname));
else if ("CompositeTypeStmt" in node) created.add(relationName(node.CompositeTypeStmt.typevar));
else if ("CreateFunctionStmt" in node) observeReplaceable(scope, qualified(node.CreateFunctionStmt.funcname), node.CreateFunctionStmt.replace);
else if ("CreateSchemaStmt" in node) observeNew(scope, node.CreateSchemaStmt.schemaname, node.CreateSchemaStmt);
else if ("IndexStmt" in node) observeIndex(scope, node.IndexStmt);
else if ("CreatePolicyStmt" in node) scope.policies.add(relationName(node.CreatePolicyStmt.table));
else if ("DropStmt" in node) for (let object of node.DropStmt.objects ?? []) created.delete(droppedName(object));
else "VariableSetStmt" in node ? observeSetting(scope, node.VariableSetStmt) : "PrepareStmt" in node ? file.prepared.add(node.PrepareStmt.name ?? "") : "RenameStmt" in node ? observeRename(scope, node.RenameStmt) : "TransactionStmt" in node ? observeTransaction(file, node.TransactionStmt.kind ?? "") : "AlterTableStmt" in node && observeAlter(scope, node.AlterTableStmt);
}
const mayBeThere = ({ catalog }, table) => catalog === void 0 || catalog.tables[table] !== void 0;
function observeTable(scope, { relation, if_not_exists }) {
let name = relationName(relation);
if_not_exists !== !0 || !mayBeThere(scope, name) ? scope.created.add(name) : scope.catalog === void 0 && scope.maybeNew.add(name);
}
function observeInto(scope, relation) {
relation !== void 0 && scope.created.add(relationName(relation));
}
function observeNew(scope, name, { if_not_exists }) {
name !== void 0 && if_not_exists !== !0 && scope.created.add(`public.${name}`);
}
function observeIndex(scope, index) {
observeNew(scope, index.idxname, index);
let columns = (index.indexParams ?? []).flatMap((node) => "IndexElem" in node ? node.IndexElem.name ?? [] : []);
index.idxname !== void 0 && scope.indexes.set(`public.${index.idxname}`, columns);
}
const mayReplace = ({ catalog, created }, name) => !created.has(name) && catalog?.others?.has(name) !== !1;
function observeReplaceable(scope, name, replace) {
replace === !0 && mayReplace(scope, name) || scope.created.add(name);
}
function observeRename(scope, { renameType, relation, newname }) {
if (renameType !== "OBJECT_TABLE" || newname === void 0) return;
let from = relationName(relation);
scope.created.has(from) && scope.created.add(`${from.slice(0, from.indexOf("."))}.${newname}`);
}
function observeSetting(scope, { name, kind, args }) {
if (name !== "search_path") return;
let [first] = args ?? [], schema = first !== void 0 && "A_Const" in first ? first.A_Const.sval?.sval : void 0;
kind === "VAR_SET_VALUE" ? schema !== void 0 && schema !== "" && (scope.file.schema = schema) : scope.file.schema = scope.schema;
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
if (subtype === "AT_SetNotNull" && name !== void 0 && scope.required.add(`${table}/${name}`), subtype === "AT_AddColumn" && def !== void 0 && "ColumnDef" in def && scope.newColumns.add(`${table}/${def.ColumnDef.colname ?? ""}`), subtype === "AT_ValidateConstraint" && name !== void 0 && scope.validated.add(`${table}/${name}`), subtype !== "AT_AddConstraint" || def === void 0 || !("Constraint" in def)) continue;
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
if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY") return [policyChange("Without this policy other rows are let through, or none")];
if ("GrantStmt" in node) return grant(node.GrantStmt, scope);
if ("AlterDefaultPrivilegesStmt" in node && node.AlterDefaultPrivilegesStmt.action?.is_grant === !0) return grant(node.AlterDefaultPrivilegesStmt.action, scope);
if ("GrantRoleStmt" in node) return grantRole(node.GrantRoleStmt);
if ("ReassignOwnedStmt" in node) return [ownerChange("What the role owned")];
if ("AlterOwnerStmt" in node) {
let { relation, object } = node.AlterOwnerStmt, name = relation === void 0 ? object === void 0 ? "" : droppedName(object) : relationName(relation);
return isInUse(scope, name) ? [ownerChange(`\`${shown(name)}\``)] : [];
}
return [];
}
const ownerChange = (what) => ({
rule: "owner-change",
message: `${what} gets another owner: whoever owned it before has only the rights that were granted.`,
rewrite: "Grant the role of the version that serves what it needs first."
});
function grantRole({ granted_roles = [], grantee_roles = [], is_grant }) {
let names = granted_roles.flatMap((node) => "AccessPriv" in node ? [`\`${node.AccessPriv.priv_name ?? ""}\``] : []);
return is_grant === !0 ? grantee_roles.some(isEverybody) ? hazard("open-grant", `Everybody may do what ${names.join(", ")} may from now on.`, "Grant it to the role that needs it.") : [] : [revoke];
}
const revoke = {
rule: "revoke",
message: "The version that serves now may need what is taken away here.",
rewrite: "Release a version that does not need it first."
}, policyChange = (what) => ({
rule: "policy-change",
message: `${what}, also for the version that serves now.`,
rewrite: "Prove it with the behavioural probe of `verify`, and say in a comment what changes."
});
function rowSecurity({ relation, cmds = [], objtype }, scope) {
let table = relationName(relation), of = shown(table), used = isInUse(scope, table);
return cmds.flatMap((command) => {
if (!("AlterTableCmd" in command)) return [];
let { subtype, def } = command.AlterTableCmd, hasPolicy = scope.policies.has(table) || scope.file.hasPolicyFor.has(table);
return subtype === "AT_EnableRowSecurity" && !hasPolicy ? [{
rule: "row-security-without-policy",
...!used && { effects: [] },
message: `With row level security and no policy every query of \`${of}\` gives no row and no error, except for its owner.`,
rewrite: "Create the policies in the same file."
}] : subtype === "AT_ForceRowSecurity" && used ? hazard("row-security-forced", `The policies of \`${of}\` count for its owner too: a version that serves and logs in as the owner finds fewer rows, or none.`, "Let the application log in as another role first, or add a policy for the owner in the same file.") : subtype === "AT_NoForceRowSecurity" && used ? hazard("row-security-off", `Whoever logs in as the owner of \`${of}\` reads every row of it from now on.`, "Change the policies instead.") : subtype === "AT_ChangeOwner" && used ? [ownerChange(`\`${of}\``)] : objtype === "OBJECT_VIEW" && used && setsInvoker(def) ? [policyChange(`Whoever reads the view \`${of}\` is let through by other rights and policies from now on`)] : subtype === "AT_DisableRowSecurity" ? hazard("row-security-off", `Whoever may read \`${of}\` at all reads every row of it from now on.`, "Change the policies instead.") : [];
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
const isEverybody = (node) => "RoleSpec" in node && (node.RoleSpec.roletype === "ROLESPEC_PUBLIC" || everybody.has(node.RoleSpec.rolename ?? "")), setsInvoker = (def) => def !== void 0 && "List" in def && (def.List.items ?? []).some((option) => "DefElem" in option && option.DefElem.defname === "security_invoker");
function grant({ is_grant, grantees = [], privileges = [], objects = [], targtype }, scope) {
if (is_grant !== !0) {
let names = objects.map((node) => "RangeVar" in node ? relationName(node.RangeVar) : droppedName(node));
return targtype === "ACL_TARGET_OBJECT" && names.every((name) => !isInUse(scope, name)) ? [] : [revoke];
}
let names = privileges.flatMap((node) => "AccessPriv" in node ? [node.AccessPriv.priv_name ?? "all"] : []), writes = names.length === 0 || names.some((name) => ![
"select",
"usage",
"execute"
].includes(name));
return !grantees.some(isEverybody) || !writes ? [] : hazard("open-grant", "Everybody may write here from now on; only row level security stands before it.", "Grant it to the role that needs it.");
}
function dataHazards(node, scope) {
return "TruncateStmt" in node ? truncate(node.TruncateStmt, scope) : writesOf(node).flatMap((each) => "InsertStmt" in each ? inRounds("INSERT", relationName(each.InsertStmt.relation), scope) : "UpdateStmt" in each ? update(each.UpdateStmt, scope) : "DeleteStmt" in each ? write("DELETE", {
...each.DeleteStmt,
everyRow: isAlways(each.DeleteStmt)
}, scope) : "MergeStmt" in each ? merge(each.MergeStmt, scope) : []);
}
function writesOf(node) {
let [body] = Object.values(node), { query, withClause } = body ?? {};
return [node, ...[...(withClause?.ctes ?? []).flatMap((each) => "CommonTableExpr" in each ? each.CommonTableExpr.ctequery ?? [] : []), ...query === void 0 ? [] : [query]].flatMap(writesOf)];
}
const isAlways = ({ whereClause }) => whereClause === void 0 || "A_Const" in whereClause && whereClause.A_Const.boolval?.boolval === !0;
function update(statement, scope) {
let { relation, targetList = [] } = statement, table = relationName(relation), losesNothing = targetList.every((node) => "ResTarget" in node && scope.newColumns.has(`${table}/${node.ResTarget.name ?? ""}`));
return write("UPDATE", {
relation,
everyRow: isAlways(statement),
losesNothing
}, scope);
}
function merge({ relation, mergeWhenClauses = [] }, scope) {
return write("MERGE", {
relation,
everyRow: mergeWhenClauses.some((each) => {
if (!("MergeWhenClause" in each)) return !1;
let { matchKind, commandType, condition } = each.MergeWhenClause;
return matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE" && commandType === "CMD_DELETE" && condition === void 0;
})
}, scope);
}
function truncate({ relations = [], behavior }, scope) {
let used = relations.flatMap((node) => "RangeVar" in node ? [relationName(node.RangeVar)] : []).filter((name) => isInUse(scope, name));
if (used.length === 0) return [];
let names = used.map((name) => `\`${shown(name)}\``).join(", ");
return behavior === "DROP_CASCADE" ? hazard("truncate-cascade", `TRUNCATE ... CASCADE empties ${names} and every table that refers to them, whatever it is called.`, "Name every table that is to be emptied, without CASCADE.") : hazard("truncate", `All rows of ${names} are gone for good.`, "Say in a comment why nobody needs them.");
}
const told = {
UPDATE: "UPDATE without WHERE writes every row of",
DELETE: "DELETE without WHERE removes every row of",
MERGE: "MERGE removes every row that its source does not have from"
};
function write(verb, { relation, everyRow, losesNothing = !1 }, scope) {
let table = relationName(relation), isSmall = isKnownSmall(scope, table);
if (!isInUse(scope, table)) return [];
let of = shown(table), found = everyRow ? [] : [...inRounds(verb, table, scope)];
return everyRow && !(isSmall && losesNothing) && found.push({
rule: "whole-table-write",
effects: [...losesNothing ? [] : ["loses-data"], ...isSmall ? [] : ["stalls"]],
message: isSmall ? `${told[verb]} \`${of}\`: what was there is gone for good.` : `${told[verb]} \`${of}\` in one transaction; whoever writes one of them waits until it ends.`,
rewrite: isSmall ? "Say in a comment why nobody needs what was there." : "Do it in batches of a few thousand rows, outside of the release."
}), !isSmall && scope.file.inTransaction && scope.file.altered.has(table) && found.push({
rule: "backfill-under-lock",
message: `The file changed \`${of}\` before, so its lock stops reads and writes for as long as this ${verb} runs.`,
rewrite: `Put the ${verb} into a file of its own.`
}), found;
}
function inRounds(verb, table, scope) {
return !scope.file.isLoop || !isInUse(scope, table) || isKnownSmall(scope, table) ? [] : hazard("whole-table-write", `All rounds of the loop are one transaction: what each ${verb} writes of \`${shown(table)}\` stays locked until the last one, and whoever writes one of them waits until then.`, "Do it in batches of a few thousand rows, each in a transaction of its own, outside of the release.", { effects: ["stalls"] });
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
if (!("TransactionStmt" in node) || wrapped && file.ends.has(node)) return [];
let { kind } = node.TransactionStmt, begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START", ends = kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK", rewrite = wrapped ? "Remove it: every file already runs in one transaction, together with its row in the history. Only a plain BEGIN and COMMIT around all of it may stay." : "Remove one of the two.";
return begins && (wrapped || file.inTransaction) ? [{
rule: "nested-transaction",
message: "A transaction is open already, so this BEGIN does nothing.",
rewrite
}] : ends && (wrapped || !file.inTransaction) ? [{
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
return what === void 0 || !inside ? [] : hazard("concurrently-in-transaction", `${what} cannot run inside a transaction.`, "Move it into a file of its own; a file with nothing else, or only such indexes, runs without a transaction.");
}
function duplicateHazards(node) {
let twice = firstTwice(namedColumns(node));
return twice === void 0 ? [] : hazard("duplicate-column", `Column \`${twice}\` stands here twice, which PostgreSQL refuses.`, "Keep one of the two.");
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
function addConstraint(constraint, table, scope, column) {
let { contype, indexname, skip_validation, conname } = constraint, of = shown(table), named = conname ?? (column === void 0 ? "the constraint" : `${column.name}'s constraint`);
if (contype === "CONSTR_PRIMARY" && indexname !== void 0) return keyOf(indexname, table, scope);
if (contype === "CONSTR_PRIMARY") return hazard("primary-key-build", `The primary key builds its index while nobody can read or write \`${of}\`.`, "First `CREATE UNIQUE INDEX CONCURRENTLY` in a file of its own, then `ADD CONSTRAINT ... PRIMARY KEY USING INDEX ...`.", { table });
if ((contype === "CONSTR_UNIQUE" || contype === "CONSTR_EXCLUSION") && indexname === void 0) return hazard("unique-build", `\`${named}\` builds its index while nobody can read or write \`${of}\`.`, "First `CREATE UNIQUE INDEX CONCURRENTLY` in a file of its own, then `ADD CONSTRAINT ... UNIQUE USING INDEX ...`.", { table });
if (contype === "CONSTR_FOREIGN") {
let other = shown(relationName(constraint.pktable));
return skip_validation === !0 ? [addedLater(`\`${named}\` refuses new rows without a match in \`${other}\``)] : column?.isFilled === !1 ? [{
rule: "foreign-key-scan",
tier: "note",
effects: [],
table,
message: `\`${named}\` reads no row, since the new column is null; it locks \`${of}\` and \`${other}\` for a moment.`,
rewrite: "Nothing has to be done."
}] : hazard("foreign-key-scan", `\`${named}\` reads all of \`${of}\` while nobody can write \`${of}\` or \`${other}\`.`, "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file.", { table });
}
return contype === "CONSTR_CHECK" ? skip_validation === !0 ? [addedLater(`\`${named}\` refuses new rows that do not meet it`)] : hazard("check-scan", `\`${named}\` reads all of \`${of}\` under a lock that stops reads and writes.`, "Add it NOT VALID, and VALIDATE CONSTRAINT in a later file.", {
table,
...column !== void 0 && { effects: ["stalls"] }
}) : [];
}
function keyOf(index, table, scope) {
let nullable = (scope.indexes.get(`public.${index}`) ?? knownTable(scope, table)?.indexes?.[index])?.filter((column) => !isRequired(scope, table, column));
if (nullable?.length === 0) return [];
let which = nullable === void 0 ? "a column of it that may be null" : nullable.map((each) => `\`${each}\``).join(", ");
return [{
rule: "not-null-scan",
...nullable === void 0 && { tier: "acknowledge" },
table,
message: `The primary key makes ${which} NOT NULL, and for that reads all of \`${shown(table)}\` under a lock that stops reads and writes.`,
rewrite: "Make its columns NOT NULL first: add CHECK (... IS NOT NULL) NOT VALID, in a later file VALIDATE CONSTRAINT, then SET NOT NULL."
}];
}
const addedLater = (what) => ({
rule: "new-constraint",
message: `${what}, also those of the version that serves now.`,
rewrite: "Make sure that the version that serves now writes only what meets it."
});
function addColumn(column, table, scope) {
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
}), [...found, ...constraints.flatMap((constraint) => addConstraint(constraint, table, scope, {
name,
isFilled: (fallback ?? generated) !== void 0 || serial
}))];
}
const steady = new Set([
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
if (present !== void 0 && !converted && isWidening(present, wanted)) return [{
rule: "type-change",
tier: "note",
effects: [],
message: `\`${of}.${column}\` goes from ${present} to ${wanted}, which changes no row.`,
rewrite: "Nothing has to be done."
}];
let from = present === void 0 ? "" : ` from ${present}`;
return hazard("type-change", `\`${of}.${column}\`${from} becomes ${wanted}: the whole table may be written anew while nobody can read or write it, and the version that serves now may read something it does not expect.`, "Add a new column of the new type, write both, fill it in batches, read the new one, and drop the old one in a later release.", { table });
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
function partitionHazards({ subtype, def }, table, scope) {
let of = shown(table);
if (subtype === "AT_DropInherit") return [rowsLeave(`\`${of}\` is no part of its parent any more`)];
if (def === void 0 || !("PartitionCmd" in def)) return [];
let { name, concurrent } = def.PartitionCmd, part = relationName(name);
if (subtype === "AT_AttachPartition") return attached(part, table, scope);
let left = rowsLeave(`\`${shown(part)}\` is no part of \`${of}\` any more`);
return concurrent === !0 ? [left] : [{
rule: "detach-partition",
table,
message: `DETACH PARTITION stops reads and writes of \`${of}\` and all its partitions.`,
rewrite: "Write DETACH PARTITION ... CONCURRENTLY in a file of its own."
}, left];
}
const rowsLeave = (what) => ({
rule: "rows-leave",
message: `${what}: the version that serves now does not find its rows there, and cannot write them.`,
rewrite: "Release a version that does not need them first."
});
function attached(part, table, scope) {
let isFull = isInUse(scope, part);
return [{
rule: "attach-partition",
table: isFull && !isKnownSmall(scope, part) ? part : table,
...!isFull && {
tier: "note",
effects: ["stalls"]
},
message: isFull ? `ATTACH PARTITION reads all of \`${shown(part)}\`, and the default partition of \`${shown(table)}\`, under a lock that stops reads and writes of them; rows outside of its bounds are refused from then on.` : `Where \`${shown(table)}\` has a default partition, all of that is read under a lock that stops reads and writes of it.`,
rewrite: "First add a CHECK of its bounds NOT VALID (to the default partition one that excludes them), and VALIDATE it in a later file: then nothing is read."
}];
}
function newPartition({ inhRelations = [], partbound }, scope) {
return partbound === void 0 ? [] : inhRelations.flatMap((node) => {
let parent = "RangeVar" in node ? relationName(node.RangeVar) : "";
return parent === "" || !isInUse(scope, parent) ? [] : [{
rule: "attach-partition",
table: parent,
tier: "note",
effects: ["stalls"],
message: `PARTITION OF waits for every query of \`${shown(parent)}\`, and every new one waits behind it; a default partition is read meanwhile.`,
rewrite: "Create the table apart (LIKE ... INCLUDING ALL) and ATTACH PARTITION: that stops neither reads nor writes of the parent."
}];
});
}
function lockHazards(node, scope) {
return [
...tableHazards(node, scope),
...indexHazards(node, scope),
...wholeHazards(node, scope)
].map(({ table, ...hazard }) => table !== void 0 && isKnownSmall(scope, table) ? withoutStall(hazard) : hazard);
}
const stillAnswered = new Set(["not-null-scan", "type-change"]);
function withoutStall(hazard) {
let { rule, message, tier, effects = rules[rule].effects } = hazard;
return {
...hazard,
tier: tier === "note" || !stillAnswered.has(rule) ? "note" : "acknowledge",
effects: effects.filter((effect) => effect !== "stalls"),
message: `${message} The table is small, so it takes no time.`
};
}
function tableHazards(node, scope) {
if (!("AlterTableStmt" in node)) return [];
let { relation, cmds = [], objtype } = node.AlterTableStmt, table = relationName(relation);
return objtype !== "OBJECT_TABLE" || !isInUse(scope, table) ? [] : cmds.flatMap((command) => "AlterTableCmd" in command ? commandHazards(command.AlterTableCmd, table, scope) : []);
}
function commandHazards(command, table, scope) {
let { subtype, name, def } = command, of = shown(table);
switch (subtype) {
case "AT_AddColumn": return def !== void 0 && "ColumnDef" in def ? addColumn(def.ColumnDef, table, scope) : [];
case "AT_AddConstraint": return def !== void 0 && "Constraint" in def ? addConstraint(def.Constraint, table, scope) : [];
case "AT_ValidateConstraint": return !scope.file.inTransaction || !scope.file.added.has(`${table}/${name}`) ? [] : hazard("validate-under-lock", `\`${name}\` is validated in the transaction that added it, whose lock on \`${of}\` is held all the while.`, "Validate it in a later file: then only the reading happens, under a lock nobody waits for.", { table });
case "AT_SetNotNull": return name === void 0 || isRequired(scope, table, name) || isProvenNotNull(scope, table, name) ? [] : hazard("not-null-scan", `SET NOT NULL reads all of \`${of}\` under a lock that stops reads and writes.`, `First \`ALTER TABLE ${of} ADD CONSTRAINT ${name}_not_null CHECK (${name} IS NOT NULL) NOT VALID\`, in a later file \`VALIDATE CONSTRAINT ${name}_not_null\`, then SET NOT NULL, which reads nothing any more.`, { table });
case "AT_AlterColumnType": return def !== void 0 && "ColumnDef" in def && name !== void 0 ? typeChange(name, def.ColumnDef.typeName, def.ColumnDef.raw_default !== void 0, table, scope) : [];
case "AT_AttachPartition":
case "AT_DetachPartition":
case "AT_DropInherit": return partitionHazards(command, table, scope);
case "AT_SetExpression": return [{
rule: "table-rewrite",
table,
effects: ["stalls", "breaks-reads"],
message: `\`${name}\` is computed anew for every row of \`${of}\` under a lock that stops reads and writes, and the version that serves now reads other values.`,
rewrite: "Add a column with the new expression beside it, and drop the old one in a later release."
}];
case "AT_SetLogged":
case "AT_SetUnLogged":
case "AT_SetAccessMethod": return hazard("full-rewrite", `This writes all of \`${of}\` anew under a lock that stops reads and writes.`, "Create a new table beside it, copy in batches, and swap the names.", { table });
default: return [];
}
}
function indexHazards(node, scope) {
if ("IndexStmt" in node) {
let { relation, concurrent, unique, idxname } = node.IndexStmt, table = relationName(relation);
if (!isInUse(scope, table)) return [];
let of = shown(table), promise = unique === !0 ? hazard("unique-index", `The version that serves now must not write the same value twice into \`${of}\`.`, "Look for duplicates before; the build stops at the first one.") : [];
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
return hasOption(params, "concurrently") || kind === "REINDEX_OBJECT_SYSTEM" ? [] : hazard("reindex", "Nobody can write the table, and often nobody can read it, while its indexes are built again.", "Write REINDEX ... CONCURRENTLY in a file of its own.");
}
return [];
}
function wholeHazards(node, scope) {
if ("CreateStmt" in node) return newPartition(node.CreateStmt, scope);
if ("AlterTableMoveAllStmt" in node) return hazard("full-rewrite", "Every table, index or view of the tablespace is copied under a lock that stops reads and writes of it.", "Move them one by one, outside of a release.");
if ("AlterTableStmt" in node) return movedHazards(node.AlterTableStmt, scope);
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
return isInUse(scope, view) ? hazard("full-rewrite", `Nobody can read \`${shown(view)}\` while it is refreshed.`, "Give it a unique index and write REFRESH MATERIALIZED VIEW CONCURRENTLY.") : [];
}
return "LockStmt" in node ? hazard("explicit-lock", "LOCK TABLE holds its lock until the file ends, and everybody waits behind it.", "Leave it away; statements take the locks they need.") : [];
}
function movedHazards({ relation, cmds = [] }, scope) {
let table = relationName(relation);
return !cmds.some((each) => "AlterTableCmd" in each && each.AlterTableCmd.subtype === "AT_SetTableSpace") || !isInUse(scope, table) ? [] : hazard("full-rewrite", `SET TABLESPACE copies all of \`${shown(table)}\` under a lock that stops reads and writes.`, "Move it outside of a release; an index can be moved by REINDEX (TABLESPACE ...) CONCURRENTLY.", { table });
}
const rewritten = (what) => ({
message: `${what} writes the whole table anew while nobody can read or write it.`,
rewrite: "Leave it out of a release; plain VACUUM, or a tool that copies beside the table, does it without a stop."
});
function opaqueHazards(node, scope) {
let what = unread$1(node, scope);
return what === void 0 ? [] : hazard("opaque", `${what}, so it is not known whether the version that serves now can work with what it leaves.`, "Write it as plain SQL; or read it yourself, and answer only if that version can work with it.");
}
function unread$1(node, { file }) {
if ("DoStmt" in node) return "A DO block that makes its SQL while it runs, or in another language than plpgsql, is not read";
if ("CallStmt" in node) return `What procedure \`${calledName(node.CallStmt.funccall?.funcname)}\` does is not read`;
if ("ExecuteStmt" in node) return file.prepared.has(node.ExecuteStmt.name ?? "") ? void 0 : `What \`${node.ExecuteStmt.name ?? ""}\` executes stands in no statement of this file`;
let called = strangers(node);
if (called !== void 0) return `What function \`${called}\` does is not read`;
if ("AlterTableStmt" in node) return (node.AlterTableStmt.cmds ?? []).find((command) => !("AlterTableCmd" in command) || !isJudged(command.AlterTableCmd.subtype ?? "")) === void 0 ? void 0 : "This form of ALTER is none that is judged here";
if ("AlterSeqStmt" in node) return (node.AlterSeqStmt.options ?? []).every((option) => "DefElem" in option && option.DefElem.defname === "owned_by") ? void 0 : "Numbers come otherwise from this sequence";
if ("AlterPublicationStmt" in node && node.AlterPublicationStmt.action === "AP_AddObjects") return;
let [kind = ""] = Object.keys(node);
return judged.has(kind) ? void 0 : `${inWords(kind)} is no statement that is judged here`;
}
const calledName = (name) => nameParts(name).join("."), judged = new Set("AlterDefaultPrivileges AlterDomain AlterEnum AlterObjectSchema AlterOwner AlterPolicy AlterStats AlterTable AlterTableMoveAll CheckPoint ClosePortal Cluster Comment CompositeType ConstraintsSet Copy Create CreateCast CreateConversion CreateDomain CreateEnum CreateExtension CreateFdw CreateForeignServer CreateForeignTable CreateFunction CreateOpClass CreateOpFamily CreatePolicy CreatePublication CreateRange CreateRole CreateSchema CreateSeq CreateStats CreateTableAs CreateTrig CreateUserMapping Createdb Deallocate DeclareCursor Define Delete Discard Drop DropOwned DropRole Dropdb Explain Fetch Grant GrantRole ImportForeignSchema Index Insert Listen Lock Merge Notify Prepare ReassignOwned RefreshMatView Reindex Rename Select Transaction Truncate Unlisten Update Vacuum VariableSet VariableShow View".split(" ").map((name) => `${name}Stmt`)), judgedForms = new Set("AddColumn AddConstraint AddIdentity AlterColumnType AlterConstraint AttachPartition ChangeOwner ClusterOn ColumnDefault DetachPartition DetachPartitionFinalize DisableRowSecurity DropCluster DropColumn DropConstraint DropExpression DropIdentity DropInherit DropNotNull DropOf EnableRowSecurity EnableTrig EnableTrigAll EnableTrigUser EnableAlwaysTrig ForceRowSecurity NoForceRowSecurity ReplicaIdentity ResetOptions ResetRelOptions SetAccessMethod SetCompression SetExpression SetIdentity SetLogged SetNotNull SetOptions SetRelOptions SetStatistics SetStorage SetTableSpace SetUnLogged ValidateConstraint".split(" ")), isJudged = (subtype) => judgedForms.has(subtype.slice(3)), inWords = (kind) => kind.replace(/Stmt$/, "").replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase(), known = new Set("abs array_agg array_length array_position array_to_string avg bool_and bool_or btrim ceil char_length col_description concat concat_ws count currval current_database current_schema current_setting date_part date_trunc extract floor format gen_random_uuid generate_series greatest has_schema_privilege has_table_privilege is_normalized json_agg json_build_object jsonb_agg jsonb_build_object lastval least length like_escape lower ltrim max md5 min mod nextval normalize now obj_description octet_length overlaps overlay position power quote_ident quote_literal random replace round row_number rank rtrim set_config setval similar_to_escape string_agg substring sum timezone to_char to_json to_jsonb to_regclass to_regnamespace to_regproc to_regprocedure to_regrole to_regtype to_timestamp trim txid_current unnest upper version".split(" ")), asking = /^pg_(?:get_\w+|stat_get_\w+|\w+_is_visible|\w+_has_property|(?:\w+_)?size(?:_\w+)?|partition_\w+|current_\w+|typeof|has_role|backend_pid|blocking_pids|is_in_recovery|encoding_to_char|client_encoding|collation_for|tablespace_location|options_to_table|identify_object|describe_object|relation_filenode|input_is_valid|sequence_\w+|my_temp_schema|notify)$/, waiting = /^pg_(?:sleep|(?:try_)?advisory_(?:xact_)?lock|advisory_unlock)/, running = /^(?:(?:query|cursor)_to_xml|(?:table|schema|database)_to_xml|ts_stat$|pg_(?:terminate|cancel)_backend$)/;
function strangers(node) {
return callsOf(node).find(({ name }) => running.test(name) || "SelectStmt" in node && !known.has(name) && !asking.test(name) && !waiting.test(name))?.name;
}
function typeHazards(node, scope) {
return "AlterEnumStmt" in node ? enumHazards(node.AlterEnumStmt, scope) : "AlterDomainStmt" in node ? domainHazards(node.AlterDomainStmt, scope) : "CreateDomainStmt" in node && (node.CreateDomainStmt.constraints ?? []).length > 0 ? [{
...domainConstraint(qualified(node.CreateDomainStmt.domainname)),
effects: []
}] : [];
}
const domainConstraint = (name) => ({
rule: "domain-constraint",
message: `A constraint of domain \`${shown(name)}\` is checked in every table that uses it, while nobody can write them.`,
rewrite: "Add it NOT VALID and VALIDATE it in a later file, or put the check on the tables."
});
function domainHazards({ subtype, typeName, def }, scope) {
let name = qualified(typeName);
if (!isInUse(scope, name)) return [];
let of = shown(name);
return subtype === "C" && def !== void 0 && "Constraint" in def && def.Constraint.skip_validation === !0 ? hazard("new-constraint", `Domain \`${of}\` refuses new values that do not meet it, also those of the version that serves now.`, "Make sure that the version that serves now writes only what meets it.") : subtype === "C" ? [domainConstraint(name)] : subtype === "O" ? [{
rule: "not-null-scan",
tier: "acknowledge",
message: `SET NOT NULL of domain \`${of}\` reads every table that uses it, while nobody can write them, and the version that serves now may write nulls.`,
rewrite: "Add CHECK (VALUE IS NOT NULL) NOT VALID to the domain instead, and VALIDATE it in a later file."
}] : subtype === "T" && def === void 0 ? hazard("drop-default", `The version that serves now may rely on the default of domain \`${of}\`.`, "Release a version that always names a value first.") : subtype === "N" ? hazard("drop-not-null", `The version that serves now may not expect a null where a column is a \`${of}\`.`, "Write nulls only once every version that serves can read them.") : [];
}
function attributeHazards(subtype, attribute) {
return subtype === "AT_DropColumn" ? hazard("drop-column", `The version that serves now may still read \`${attribute}\`, and its values are gone for good.`, dropLater) : subtype !== "AT_AddColumn" && subtype !== "AT_AlterColumnType" ? [] : [{
rule: "type-change",
tier: "acknowledge",
effects: ["breaks-reads", "breaks-writes"],
message: `\`${attribute}\` is made otherwise from this moment on: values that the version that serves now reads or writes as a row have other fields.`,
rewrite: "Create a new type beside it, and drop the old one in a later release."
}];
}
const foreignColumn = (subtype, column) => ({
rule: subtype === "AT_DropColumn" ? "drop-column" : "type-change",
tier: "acknowledge",
effects: ["breaks-reads", "breaks-writes"],
message: `The version that serves now may still use \`${column}\` as it was.`,
rewrite: "Release a version that does not use it first."
});
function enumHazards({ typeName, oldVal, newVal, newValNeighbor }, scope) {
let name = qualified(typeName);
return isInUse(scope, name) ? oldVal === void 0 ? newValNeighbor === void 0 ? hazard("enum-order", `\`${newVal ?? ""}\` sorts behind every other value of \`${shown(name)}\`.`, "Say BEFORE or AFTER which value, if its order means anything.") : [] : hazard("rename", `Value \`${oldVal}\` of \`${shown(name)}\` is called \`${newVal ?? ""}\` from this moment on, and the version that serves now writes the old one.`, "Add the new value beside the old one, and change the rows in batches.") : [];
}
function schemaHazards(node, scope) {
if ("AlterTableStmt" in node) return alterHazards(node.AlterTableStmt, scope);
if ("DropStmt" in node) return dropHazards(node.DropStmt, scope);
if ("DropdbStmt" in node) return hazard("drop-database", `DROP DATABASE \`${node.DropdbStmt.dbname ?? ""}\` is nothing a release does.`, "Remove it.");
if ("RenameStmt" in node) return renameHazards(node.RenameStmt, scope);
if ("AlterObjectSchemaStmt" in node) {
let name = relationName(node.AlterObjectSchemaStmt.relation);
return name !== "" && !isInUse(scope, name) ? [] : hazard("set-schema", `${name === "" ? "The object" : `\`${shown(name)}\``} moves to schema \`${node.AlterObjectSchemaStmt.newschema ?? ""}\`, where the version that serves now does not look.`, "Leave a view of the old name behind, in the same file, until the old version is gone.");
}
if ("ViewStmt" in node && node.ViewStmt.replace === !0) return replaced("View", relationName(node.ViewStmt.view), scope);
if ("CreateFunctionStmt" in node && node.CreateFunctionStmt.replace === !0) return replaced("Function", qualified(node.CreateFunctionStmt.funcname), scope);
if ("CreateStmt" in node && node.CreateStmt.if_not_exists === !0) return maybeNew(relationName(node.CreateStmt.relation), scope);
if ("CreateTrigStmt" in node) {
let table = relationName(node.CreateTrigStmt.relation);
return isInUse(scope, table) ? [triggers(table)] : [];
}
return "DropRoleStmt" in node ? hazard("drop-object", "The version that serves now may still log in as this role, or have its rights through it.", dropLater) : "DropOwnedStmt" in node ? hazard("drop-owned", "DROP OWNED drops whatever the role owns in this database, whatever it is called, and all its rights.", "Name what is to be dropped, each with a DROP of its own.") : typeHazards(node, scope);
}
const triggers = (table) => ({
rule: "trigger",
message: `The trigger also runs for the writes of the version that serves now to \`${shown(table)}\`, and can refuse them.`,
rewrite: "Make sure that it refuses nothing the old version writes."
}), enabled = new Set([
"AT_EnableTrig",
"AT_EnableTrigAll",
"AT_EnableTrigUser",
"AT_EnableAlwaysTrig"
]);
function isAlwaysGenerated(def) {
return def === void 0 ? !1 : "Constraint" in def ? def.Constraint.generated_when === "a" : "List" in def && (def.List.items ?? []).some((option) => "DefElem" in option && option.DefElem.defname === "generated" && option.DefElem.arg !== void 0 && "Integer" in option.DefElem.arg && option.DefElem.arg.Integer.ival === 97);
}
function replaced(what, name, scope) {
if (!mayReplace(scope, name)) return [];
let there = scope.catalog === void 0 ? ", where it is there already," : "";
return hazard("replaced", `${what} \`${shown(name)}\`${there} does something else from this moment on, also for the version that serves now.`, `Write CREATE ${what.toUpperCase()} if it is new; if not, answer only if that version can work with what it does now.`);
}
const maybeNew = (table, scope) => scope.catalog === void 0 && isInUse(scope, table) ? hazard("maybe-new", `\`${shown(table)}\` may be there already. What follows is told as if it were in use; the migrate step asks the database, and insists if it is.`, "Write CREATE TABLE without IF NOT EXISTS if it is new.") : [];
function alterHazards({ relation, cmds = [], objtype }, scope) {
let table = relationName(relation);
if (!isInUse(scope, table)) return [];
let of = shown(table);
return cmds.flatMap((command) => {
if (!("AlterTableCmd" in command)) return [];
let { subtype, name = "", def } = command.AlterTableCmd;
return objtype === "OBJECT_TYPE" ? attributeHazards(subtype, `${of}.${name}`) : objtype === "OBJECT_FOREIGN_TABLE" && (subtype === "AT_DropColumn" || subtype === "AT_AlterColumnType") ? [foreignColumn(subtype, `${of}.${name}`)] : subtype === "AT_DropColumn" ? hazard("drop-column", `The version that serves now may still read \`${of}.${name}\`, and its values are gone for good.`, dropLater) : subtype === "AT_ColumnDefault" && def === void 0 ? hazard("drop-default", `The version that serves now may insert into \`${of}\` without naming \`${name}\`.`, "Release a version that always names it first.") : subtype === "AT_DropIdentity" || subtype === "AT_DropExpression" ? hazard("drop-default", `\`${of}.${name}\` gets no value of itself any more, and the version that serves now does not write one.`, "Release a version that always writes it first.") : (subtype === "AT_AddIdentity" || subtype === "AT_SetIdentity") && isAlwaysGenerated(def) ? hazard("new-constraint", `A row that names a value for \`${of}.${name}\` is refused from now on, also from the version that serves now.`, "Write GENERATED BY DEFAULT, or make sure that no version that serves names one.") : subtype !== void 0 && enabled.has(subtype) ? [triggers(table)] : subtype === "AT_DropNotNull" ? hazard("drop-not-null", `The version that serves now may not expect a null in \`${of}.${name}\`.`, "Write nulls only once every version that serves can read them.") : [];
});
}
function dropHazards({ objects = [], removeType }, scope) {
let used = objects.map(droppedName).filter((name) => isInUse(scope, name));
return removeType === "OBJECT_TABLE" || removeType === "OBJECT_FOREIGN_TABLE" ? used.map((name) => ({
rule: "drop-table",
message: `The version that serves now may still use \`${shown(name)}\`, and its rows are gone for good.`,
rewrite: dropLater
})) : removeType === void 0 || !droppedKinds.has(removeType) ? [] : used.map((name) => ({
rule: "drop-object",
message: `The version that serves now may still use \`${shown(name)}\`.`,
rewrite: dropLater
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
if (name !== "" && !isInUse(scope, name)) return [];
let what = subname === void 0 ? shown(name) : `${shown(name)}${name === "" ? "" : "."}${subname}`;
return hazard("rename", `\`${what}\` is called \`${newname ?? ""}\` from this moment on, and the version that serves now asks for the old name.`, "Add the new name beside the old one (a column kept in step, or a view), and remove the old one in a later release.");
}
function waitHazards(node, scope) {
return [...callsOf(node).flatMap(({ name }) => callHazards(name)), ...loosened(node, scope)];
}
function callHazards(name) {
return /^pg_sleep/.test(name) ? hazard("explicit-lock", `\`${name}\` keeps every lock of the transaction while it sleeps, and everybody waits behind them.`, "Leave it away; or wait between two releases.") : /^pg_(?:try_)?advisory_(?:xact_)?lock/.test(name) ? hazard("explicit-lock", `\`${name}\` takes a lock that whoever asks for the same one waits for.`, "Leave it away: only one migration runs at a time anyway.") : [];
}
function loosened(node, scope) {
if (scope.loosened.size === 0) return [];
let table = lockedTable(node, scope);
if (table === void 0) return [];
let of = table === "" ? "tables in use" : `\`${shown(table)}\``;
return scope.loosened.has("lock_timeout") ? hazard("explicit-lock", `\`lock_timeout\` was taken away or made longer than a second, so this may wait as long for ${of}, and everybody waits behind it.`, "Leave `lock_timeout` as the engine sets it: what does not get its lock is tried again.") : hazard("explicit-lock", `\`statement_timeout\` was taken away, so nothing ends this if it keeps its lock of ${of} for long.`, "Leave `statement_timeout` as the engine sets it; `migrate` takes another one.", { tier: "note" });
}
const locking = new Set("AlterTable Rename AlterObjectSchema Index CreateTrig CreatePolicy AlterPolicy Rule Cluster Reindex RefreshMatView".split(" ").map((name) => `${name}Stmt`)), dropped = new Set([
"OBJECT_TABLE",
"OBJECT_INDEX",
"OBJECT_VIEW",
"OBJECT_MATVIEW",
"OBJECT_FOREIGN_TABLE"
]), partsOfTables = new Set([
"OBJECT_TRIGGER",
"OBJECT_POLICY",
"OBJECT_RULE"
]);
function lockedTable(node, scope) {
if (concurrently(node) === void 0) return locked(node)?.find((name) => isInUse(scope, name));
}
function locked(node) {
if ("LockStmt" in node) return relations(node.LockStmt.relations);
if ("TruncateStmt" in node) return relations(node.TruncateStmt.relations);
if ("DropStmt" in node) {
let { removeType = "", objects = [] } = node.DropStmt;
return partsOfTables.has(removeType) ? objects.map((each) => "List" in each ? qualified(each.List.items?.slice(0, -1)) : "") : dropped.has(removeType) ? objects.map(droppedName) : void 0;
}
if ("VacuumStmt" in node) return hasOption(node.VacuumStmt.options, "full") ? [""] : void 0;
if ("CreateStmt" in node) {
let { inhRelations, tableElts = [] } = node.CreateStmt, referred = tableElts.flatMap((each) => "ColumnDef" in each ? each.ColumnDef.constraints ?? [] : [each]).flatMap((each) => "Constraint" in each && each.Constraint.pktable !== void 0 ? [relationName(each.Constraint.pktable)] : []);
return [...relations(inhRelations), ...referred];
}
let [kind = ""] = Object.keys(node);
if (!locking.has(kind)) return;
let [body] = Object.values(node);
return [relationName(body?.relation ?? body?.table)];
}
const relations = (nodes) => (nodes ?? []).flatMap((each) => "RangeVar" in each ? [relationName(each.RangeVar)] : []), looked = new Set([
"OBJECT_TABLE",
"OBJECT_VIEW",
"OBJECT_MATVIEW",
"OBJECT_FOREIGN_TABLE",
"OBJECT_SEQUENCE",
"OBJECT_FUNCTION"
]);
function inSchema(node, schema) {
if (schema === "public") return node;
let named = withSchemas(node, schema);
if ("CreateFunctionStmt" in named) return { CreateFunctionStmt: {
...named.CreateFunctionStmt,
...front("funcname", named.CreateFunctionStmt, schema)
} };
if (!("DropStmt" in named) || !looked.has(named.DropStmt.removeType)) return named;
let objects = (named.DropStmt.objects ?? []).map((each) => "List" in each ? { List: {
...each.List,
...front("items", each.List, schema)
} } : "ObjectWithArgs" in each ? { ObjectWithArgs: {
...each.ObjectWithArgs,
...front("objname", each.ObjectWithArgs, schema)
} } : each);
return { DropStmt: {
...named.DropStmt,
objects
} };
}
function front(key, from, schema) {
let name = from[key];
return name?.length === 1 ? { [key]: [{ String: { sval: schema } }, ...name] } : {};
}
function withSchemas(value, schema) {
if (Array.isArray(value)) return value.map((each) => withSchemas(each, schema));
if (typeof value != "object" || !value) return value;
let parts = Object.entries(value).map(([key, part]) => [key, withSchemas(part, schema)]);
return "relname" in value && "relpersistence" in value && value.relpersistence !== "t" && !("schemaname" in value) && parts.push(["schemaname", schema]), Object.fromEntries(parts);
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
openFile(scope, parsed.statements.map(({ node }) => node), parsed.statements.flatMap(({ runs = [] }) => nodesOf(runs)));
let read = ({ node: written, start, end }, at, above = start) => {
let node = inSchema(written, at.file.schema);
for (let hazard of hazardsOf(node, at)) {
let reason = allowed.reasonFor(hazard.rule, start, end) ?? allowed.reasonFor(hazard.rule, above, above);
found.push({
...finding(file, place(start), hazard),
...reason !== void 0 && { acknowledged: reason }
});
}
lockedTable(node, at) !== void 0 && !isAboutMaybeNew(at, node) && at.loosened.clear(), observe(at, node);
};
for (let statement of parsed.statements) {
let { runs, start, end } = statement;
if (runs === void 0) {
read(statement, scope);
continue;
}
let from = start, run = (parts, at) => {
for (let part of parts) if ("branch" in part) run(part.branch, branchOf(at, part.isLoop === !0));
else {
let here = file.sql.indexOf(part.text, from), isFound = here >= 0 && here < end;
isFound && (from = here + part.text.length), read({
node: part.node,
start: isFound ? here : start,
end: isFound ? from : end
}, at, start);
}
}, { file: outside } = scope;
scope.file = withinBlock(outside), run(runs, scope), scope.file = {
...outside,
schema: scope.file.schema
};
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
const nodesOf = (parts) => parts.flatMap((part) => "branch" in part ? nodesOf(part.branch) : [part.node]);
function hazardsOf(node, scope) {
let hazards = [
...formHazards(node, scope),
...lockHazards(node, scope),
...schemaHazards(node, scope),
...dataHazards(node, scope),
...accessHazards(node, scope),
...waitHazards(node, scope),
...opaqueHazards(node, scope)
];
return isAboutMaybeNew(scope, node) ? hazards.map((each) => (each.effects ?? rules[each.rule].effects).includes("fails") ? each : {
...each,
tier: "note"
}) : hazards;
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
const unanswered = (findings) => findings.filter(({ tier, acknowledged }) => tier === "block" || tier === "acknowledge" ? acknowledged === void 0 : !1), breaksOldVersion = (findings) => findings.some(({ rule, effects, acknowledged }) => (effects.includes("breaks-reads") || effects.includes("breaks-writes")) && (acknowledged === void 0 || !answeredByPromise.has(rule))), unread = (name, why, promise) => ({
rule: "opaque",
tier: rules.opaque.tier,
effects: rules.opaque.effects,
file: name,
line: 1,
column: 1,
message: `${why}, so it is not known whether the version that serves now can work with what it leaves.`,
rewrite: "If that version can work with it, say `old-version: works` under `migrate`; else it is no way back any more.",
acknowledged: promise
});
export { unread as i, lintMigrations as n, unanswered as r, breaksOldVersion as t };
