package analyze

// set reads SET.
func (s *scan) set() {
	s.take()
	if s.atWord("transaction") {
		s.class(Tx)
		s.facts.Tx = OtherTx
		s.facts.Ties = s.dialect.mysqlFamily() // it speaks of the next transaction
		s.words()
		return
	}
	s.class(Session)
	if s.dialect == Postgres {
		s.skim()
		return
	}
	s.mysqlSet()
}

func (s *scan) mysqlSet() {
	switch {
	case s.atWord("statement"):
		s.unseen()
	case s.atWord("password"), s.atWord("default"):
		s.opaqueDDL()
	case s.acceptAny("names", "character", "charset", "role", "resource"):
		s.words()
	case s.atAny("global", "session", "local") && s.ahead(1).word == "transaction":
		s.words()
	default:
		s.assignments()
	}
}

// assignments reads @x = 1, SESSION y = 2, @@global.z = ON.
func (s *scan) assignments() {
	for {
		if s.atAny("global", "session", "local", "persist", "persist_only") && s.ahead(1).kind == word {
			s.take()
		}
		if s.atWord("autocommit") {
			s.facts.Flags |= ImplicitCommit
		}
		if !s.acceptKind(variable) {
			s.relation()
		}
		if !s.acceptOperator("=") && !s.acceptOperator(":=") {
			s.fail()
		}
		if !s.acceptAny("on", "all", "binary") {
			s.expr()
		}
		if !s.acceptKind(comma) {
			return
		}
	}
}

// prepare reads PREPARE p AS ..., which runs nothing, and PREPARE TRANSACTION.
func (s *scan) prepare() {
	s.take()
	if s.accept("transaction") {
		s.class(Tx)
		s.facts.Tx = TwoPhase
		s.expectKind(stringText)
		return
	}
	s.sessionRest()
}

// declare reads DECLARE c CURSOR ... FOR query.
func (s *scan) declare() {
	s.take()
	s.class(Session)
	s.name()
	for !s.atEnd() && !s.accept("for") {
		s.take()
	}
	s.query()
}

// lockTables reads LOCK TABLES and UNLOCK TABLES.
func (s *scan) lockTables(w string) {
	s.class(Session)
	if w == "lock" {
		s.bar(RowLock, ReasonRowLock)
		s.implicitCommit()
	}
	s.words()
}

// handler reads HANDLER t OPEN, READ and CLOSE.
func (s *scan) handler() {
	s.take()
	s.class(Session)
	s.addRead(s.relation())
	s.skim()
}

// pragma reads SQLite's PRAGMA name, PRAGMA name = value and PRAGMA name(value).
func (s *scan) pragma() {
	s.take()
	s.name()
	if s.acceptKind(dot) {
		s.nameAfterDot()
	}
	name := lowerASCII(s.slice(s.toks[s.next-1]))
	assigned := !s.atEnd()
	s.skim()
	switch {
	case queryPragmas[name], !assigned && readPragmas[name]:
		s.bar(Meta, ReasonMetadata)
	default:
		s.class(Session)
	}
}

// queryPragmas ask even with an argument.
var queryPragmas = map[string]bool{
	"table_info": true, "table_xinfo": true, "table_list": true, "index_list": true, "index_info": true,
	"index_xinfo": true, "foreign_key_list": true, "foreign_key_check": true, "integrity_check": true,
	"quick_check": true, "database_list": true, "collation_list": true, "function_list": true, "module_list": true,
	"pragma_list": true, "compile_options": true, "freelist_count": true, "page_count": true, "data_version": true,
}

// readPragmas ask without an argument.
var readPragmas = map[string]bool{
	"application_id": true, "auto_vacuum": true, "automatic_index": true, "busy_timeout": true, "cache_size": true,
	"cell_size_check": true, "defer_foreign_keys": true, "encoding": true, "foreign_keys": true,
	"ignore_check_constraints": true, "journal_mode": true, "journal_size_limit": true, "locking_mode": true,
	"max_page_count": true, "mmap_size": true, "page_size": true, "query_only": true, "read_uncommitted": true,
	"recursive_triggers": true, "reverse_unordered_selects": true, "schema_version": true, "secure_delete": true,
	"synchronous": true, "temp_store": true, "threads": true, "trusted_schema": true, "user_version": true,
	"wal_autocheckpoint": true,
}
