package tuxedo

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/fixedfield"
)

// Bounds of Settings.
const (
	DefaultChildren = 4
	MaxChildren     = 64
	maxService      = 127 // characters of a service's name
)

// Settings are one domain, as a file says.
type Settings struct {
	Kind      string            `toml:"kind"`      // whose library: tuxedo, endurox or fuxedo
	Libraries []string          `toml:"libraries"` // with their whole paths, in the order in which they are loaded
	Buffer    Buffer            `toml:"buffer"`    // STRING, CARRAY or FML32
	Host      string            `toml:"host"`      // unix: and the socket where roadhost is started under an account of its own; missing = as officed's user
	Children  int               `toml:"children"`  // processes with a client each; missing = DefaultChildren
	Env       map[string]string `toml:"env"`       // of the library: WSNADDR, TUXDIR, FLDTBLDIR32, LD_LIBRARY_PATH and so on
	Service   map[string]string `toml:"service"`   // by operation
	Names     map[string]string `toml:"names"`     // FML32: field of the dialect = field of the domain's table; missing = the same in upper case
	Functions map[string]string `toml:"functions"` // function of ATMI or FML32 = what the library calls it, where it is not as the kind has it
}

// kinds are what each maker's library calls the functions that are not called as in
// Tuxedo's manual. It is read-only.
var kinds = map[string]map[string]string{
	"tuxedo": {FuncErrno: "_tmget_tperrno_addr", FuncURCode: "_tmget_tpurcode_addr"},
	"endurox": {
		FuncErrno: "_exget_tperrno_addr", FuncURCode: "_exget_tpurcode_addr",
		FuncFieldID: "Bfldid", FuncAdd: "CBadd", FuncGet: "CBget", FuncOccurrences: "Boccur",
	},
	"fuxedo": {FuncErrno: "_tls_tperrno", FuncURCode: "_tls_tpurcode"},
}

var (
	atmi = []string{FuncInit, FuncTerm, FuncAlloc, FuncFree, FuncTypes, FuncCall, FuncErrno, FuncURCode}
	fml  = []string{FuncFieldID, FuncAdd, FuncGet, FuncOccurrences}
)

// check finds every mistake that can be found without the library.
func (s *Settings) check(messages []Message) error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if kinds[s.Kind] == nil {
		bad("kind %.32q: want %s", s.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	if len(s.Libraries) == 0 {
		bad("no libraries")
	}
	for _, l := range s.Libraries {
		if !filepath.IsAbs(l) {
			bad("library %q: want its whole path", l)
		}
	}
	if s.Buffer != String && s.Buffer != CArray && s.Buffer != FML32 {
		bad("buffer %.32q: want STRING, CARRAY or FML32", s.Buffer)
	}
	if err := child.CheckSocket(s.Host, s.Env); err != nil {
		bad("%w", err)
	}
	if s.Children < 0 || s.Children > MaxChildren {
		bad("children %d: want 1 to %d", s.Children, MaxChildren)
	}

	known := map[string]bool{}
	for i := range messages {
		op := messages[i].Op
		known[op] = true
		if n := len(s.Service[op]); n == 0 || n > maxService {
			bad("service.%s: want a name of up to %d characters", op, maxService)
		}
	}
	for _, op := range slices.Sorted(maps.Keys(s.Service)) {
		if !known[op] {
			bad("service.%.32s: no such operation", op)
		}
	}
	for name := range s.Functions {
		if !slices.Contains(atmi, name) && !slices.Contains(fml, name) {
			bad("functions.%.32s: no such function", name)
		}
	}

	return errors.Join(wrong...)
}

// setup is what a child is told of them.
func (c *Config) setup() (Setup, error) {
	s := &c.Settings
	set := Setup{Libraries: s.Libraries, Buffer: s.Buffer, Occurrences: c.Rows, Functions: map[string]string{}}
	needed := atmi
	if s.Buffer == FML32 {
		needed = append(slices.Clone(atmi), fml...)
	}
	for _, f := range needed {
		set.Functions[f] = f
		for _, names := range []map[string]string{kinds[s.Kind], s.Functions} {
			if name := names[f]; name != "" {
				set.Functions[f] = name
			}
		}
	}
	if s.Buffer != FML32 {
		return set, nil
	}

	var err error
	set.Fields, err = c.fields()
	return set, err
}

// fields are the names that the domain's field tables must know.
func (c *Config) fields() (names []string, err error) {
	s := &c.Settings
	unused := maps.Clone(s.Names)
	seen := map[string]bool{}
	for i := range c.Messages {
		m := &c.Messages[i]
		for _, l := range []*fixedfield.Layout{&m.Request, &m.Reply} {
			for at, f := range slices.Concat(l.Fields, l.Group) {
				delete(unused, f.Name)
				name := s.field(f.Name)
				if at >= len(l.Fields) && slices.ContainsFunc(l.Fields, func(other fixedfield.Field) bool { return s.field(other.Name) == name }) {
					return nil, fmt.Errorf("field %s of %s is in the repeated group and outside of it", name, m.Op)
				}
				if !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		return nil, fmt.Errorf("names.%.32s: dialect %s has no such field", name, c.Dialect)
	}

	return names, nil
}

// field is the domain's name of a dialect's field.
func (s *Settings) field(name string) string {
	if n := s.Names[name]; n != "" {
		return n
	}

	return strings.ToUpper(name)
}
