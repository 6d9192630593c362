package tuxedo

import "wattkiosk/payments/fixedfield"

// Bounds of what goes through a child.
const (
	MaxFrame       = 1 << 20                 // bytes of JSON between parent and child
	MaxReply       = fixedfield.MaxFrame     // bytes of a STRING or CARRAY
	MaxValue       = 1 << 10                 // bytes of one field
	MaxOccurrences = 5000                    // of one field
	FMLRoom        = 2 * fixedfield.MaxFrame // bytes of an FML32 buffer that is allocated
)

// Buffer is a type of typed buffer.
type Buffer string

// The types.
const (
	String Buffer = "STRING"
	CArray Buffer = "CARRAY"
	FML32  Buffer = "FML32"
)

// Setup is what a child is told first: what to load, and the names of functions by those of
// the Func constants. Fields are the names that field tables must know, and Occurrences how
// often one of them may be in a reply.
type Setup struct {
	Libraries   []string          `json:"libraries"` // in this order
	Functions   map[string]string `json:"functions"`
	Buffer      Buffer            `json:"buffer"`
	Fields      []string          `json:"fields,omitempty"`
	Occurrences int               `json:"occurrences"`
}

// Call is one tpcall. Data is a STRING's or a CARRAY's, Fields are those of an FML32, and
// Want the names of those that are read from the reply, with all their occurrences.
type Call struct {
	Service string   `json:"service"`
	Data    []byte   `json:"data,omitempty"`
	Fields  []Field  `json:"fields,omitempty"`
	Want    []string `json:"want,omitempty"`
}

// Field is one occurrence of a field, from 0.
type Field struct {
	Name       string `json:"name"`
	Occurrence int    `json:"occurrence,omitempty"`
	Value      []byte `json:"value,omitempty"`
}

// Answer is what became of a Call.
type Answer struct {
	NotCalled string  `json:"not_called,omitempty"` // why tpcall was not called
	Errno     int     `json:"errno,omitempty"`      // 0: tpcall succeeded
	URCode    int     `json:"urcode,omitempty"`     // tpurcode
	Unusable  string  `json:"unusable,omitempty"`   // why the buffer is no reply
	Data      []byte  `json:"data,omitempty"`
	Fields    []Field `json:"fields,omitempty"`
}

// The functions of a Setup.
const (
	FuncInit        = "tpinit"
	FuncTerm        = "tpterm"
	FuncAlloc       = "tpalloc"
	FuncFree        = "tpfree"
	FuncTypes       = "tptypes"
	FuncCall        = "tpcall"
	FuncErrno       = "tperrno"  // returns the address of a C int
	FuncURCode      = "tpurcode" // returns the address of a C long
	FuncFieldID     = "Fldid32"
	FuncAdd         = "CFadd32" // converts from a string
	FuncGet         = "CFget32" // converts to a string
	FuncOccurrences = "Foccur32"
)
