package odbc

// Bounds of what goes through a child.
const (
	MaxFrame   = 8 << 20 // bytes of JSON between parent and child
	MaxRows    = 5000    // of one statement
	MaxColumns = 64
	MaxValue   = 8 << 10 // bytes of one value
)

// Setup is what a child is told first. Connect has the password in it.
type Setup struct {
	Library string `json:"library"`
	Connect string `json:"connect"`
}

// Call is one operation: what it does and what it reads, in one transaction.
type Call struct {
	Do        *Statement  `json:"do,omitempty"`    // nil: it only reads
	Alone     bool        `json:"alone,omitempty"` // Do commits by itself, so that no transaction of ours can take it back
	Read      Statement   `json:"read"`
	Lists     []Statement `json:"lists,omitempty"`
	Duplicate []string    `json:"duplicate,omitempty"` // SQLSTATE, or SQLSTATE/native: Do says that its key is there
}

// Statement is SQL with its parameters, in the order of its question marks.
type Statement struct {
	SQL    string      `json:"sql"`
	Params []Parameter `json:"params,omitempty"`
}

// Parameter is text, or a whole number in decimal digits.
type Parameter struct {
	Text  string `json:"text"`
	Whole bool   `json:"whole,omitempty"`
}

// Stage is how far a Call came.
type Stage string

// The stages.
const (
	Done   Stage = "done"   // committed, or there was nothing to commit
	Undone Stage = "undone" // it failed before COMMIT, and is rolled back with its connection at the latest
	Open   Stage = "open"   // COMMIT failed, or what commits by itself did: nobody knows
)

// Answer is what became of a Call.
type Answer struct {
	Stage  Stage   `json:"stage"`
	State  string  `json:"state,omitempty"`  // SQLSTATE of what failed
	Native int     `json:"native,omitempty"` // the driver's own code
	Reason string  `json:"reason,omitempty"` // of a failure that is not the driver's; never a value
	Read   Table   `json:"read"`
	Lists  []Table `json:"lists,omitempty"`
}

// Table is what a statement returned; a nil value is NULL.
type Table struct {
	Columns []string    `json:"columns,omitempty"` // in lower case
	Rows    [][]*string `json:"rows,omitempty"`
}
