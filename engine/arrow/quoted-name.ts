/** The words of SQL as DuckDB has them, by what they may be the names of without quotes. */
const KEYWORDS = {
  /** Names of nothing. */
  reserved: `
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    default deferrable desc describe distinct do else end except false fetch for foreign from group having in
    initially intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer
    pivot_wider placing primary qualify references returning select show some summarize symmetric table then
    to trailing true union unique unpivot using variadic when where window with`,
  /** Names of types and functions. */
  type_function: `
    anti asof at authorization binary by collation columns concurrently cross freeze full generated glob ilike
    inner is isnull join left like map natural notnull outer overlaps positional right semi similar struct
    tablesample try_cast unpack verbose`,
  /** Names of columns, not of functions. */
  column_name: `
    between bigint bit boolean char character coalesce dec decimal exists extract float grouping grouping_id
    inout int integer interval national nchar none nullif numeric out overlay position precision real row
    setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement
    xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`,
  /** Names of anything. */
  unreserved: `
    abort absolute access action add admin after aggregate also alter always assertion assignment attach
    attribute backward before begin cache call called cascade cascaded catalog centuries century chain
    characteristics checkpoint class close cluster comment comments commit committed compression configuration
    conflict connection constraints content continue conversion copy cost csv cube current cursor cycle data
    database day days deallocate decade decades declare defaults deferred definer delete delimiter delimiters
    depends detach dictionary disable discard document domain double drop each enable encoding encrypted enum
    error escape event exclude excluding exclusive execute explain export export_state extension extensions
    external family filter first following force forward function functions global grant granted groups
    handler header hold hour hours identity if ignore immediate immutable implicit import include including
    increment index indexes inherit inherits inline input insensitive insert install instead invoker isolation
    json key label language large last leakproof level listen load local location lock locked logged macro
    mapping match matched materialized maxvalue merge method microsecond microseconds millennia millennium
    millisecond milliseconds minute minutes minvalue mode month months move name names new next no nothing
    notify nowait nulls object of off oids old operator option options ordinality others over overriding owned
    owner parallel parser partial partition partitioned passing password percent persistent plans policy
    pragma preceding prepare prepared preserve prior privileges procedural procedure program publication
    quarter quarters quote range read reassign recheck recursive ref referencing refresh reindex relative
    release rename repeatable replace replica reset respect restart restrict returns revoke role rollback
    rollup rows rule sample savepoint schema schemas scope scroll search second seconds secret security
    sequence sequences serializable server session set sets share simple skip snapshot sorted source sql
    stable standalone start statement statistics stdin stdout storage stored strict strip subscription sysid
    system tables tablespace target temp template temporary text ties transaction transform trigger truncate
    trusted type types unbounded uncommitted unencrypted unknown unlisten unlogged until update use user
    vacuum valid validate validator value variable varying version view views virtual volatile week weeks
    whitespace within without work wrapper write xml year years yes zone`,
} as const

/** Every word of SQL, by its category. */
export const CATEGORY_OF_KEYWORD: ReadonlyMap<string, keyof typeof KEYWORDS> = new Map(
  (Object.keys(KEYWORDS) as (keyof typeof KEYWORDS)[]).flatMap((category) =>
    KEYWORDS[category]
      .trim()
      .split(/\s+/)
      .map((word) => [word, category] as const),
  ),
)

/** A name as SQL reads it anywhere: in quotes where it is a word of SQL, or no plain word. */
export function quotedName(name: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/i.test(name) && !CATEGORY_OF_KEYWORD.has(name.toLowerCase())
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`
}
