package vendor

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"wattkiosk/hal/card"
)

// Bounds of a description.
const (
	// DefaultDeadline and MaxDeadline bound one call.
	DefaultDeadline = 10 * time.Second
	MaxDeadline     = 2 * time.Minute
	// MaxData is the size of the out buffer of a call, in bytes.
	MaxData = card.MaxMemory
	// MaxTrack is the size of a track's buffer, in bytes.
	MaxTrack = 256
	maxFile  = 64 << 10
	maxArgs  = 9 // what a C call takes here
	maxText  = 256
)

// Operations beyond the commands of package card.
const (
	OpOpen   = "open"
	OpClose  = "close"
	OpStatus = "status"
)

// ABI describes a library.
type ABI struct {
	Library string            `toml:"library"` // absolute path
	Op      map[string]Call   `toml:"op"`
	Work    map[string][]Call `toml:"work"`  // pieces of work, each of calls in order
	Error   map[string]Fault  `toml:"error"` // by return code, in decimal
}

// Call describes one C function.
type Call struct {
	Function string            `toml:"function"`
	Args     []string          `toml:"args"`
	Returns  string            `toml:"returns"` // "code" (default) or "length"
	OK       []int32           `toml:"ok"`      // codes of success; none = 0
	Deadline duration          `toml:"deadline"`
	Media    map[string]string `toml:"media"` // status only: value to card.Media by name
}

// Fault describes one return code.
type Fault struct {
	Is      string `toml:"is"` // name of a card error: see errorNames
	Text    string `toml:"text"`
	Unknown bool   `toml:"unknown"` // the call may have been done
}

type duration time.Duration

// UnmarshalText reads "3s".
func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = duration(v)
	return err
}

// Limit is how long the call may take.
func (c Call) Limit() time.Duration {
	if c.Deadline == 0 {
		return DefaultDeadline
	}
	return time.Duration(c.Deadline)
}

// errorNames are the words of Fault.Is.
var errorNames = map[string]error{
	"no-card": card.ErrNoCard, "mute": card.ErrMute, "not-powered": card.ErrNotPowered, "pulled": card.ErrPulled,
	"jam": card.ErrJam, "bin-full": card.ErrBinFull, "wrong-psc": card.ErrWrongPSC, "locked": card.ErrLocked,
	"protected": card.ErrProtected, "silent": card.ErrSilent, "line": card.ErrLine, "device": card.ErrDevice,
	"argument": card.ErrArgument, "unsupported": card.ErrUnsupported,
	"refused": card.ErrRefused, "other-card": card.ErrOtherCard, "keys-away": card.ErrKeys,
}

// LoadABI reads and checks a description.
func LoadABI(path string) (ABI, error) {
	text, err := readDescription(path)
	if err != nil {
		return ABI{}, err
	}

	a, err := ParseABI(text)
	if err != nil {
		return ABI{}, fmt.Errorf("library description %s: %w", path, err)
	}
	return a, nil
}

func readDescription(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read library description: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("cannot read library description: %w", err)
	}
	if len(b) > maxFile {
		return "", fmt.Errorf("library description %s: over %d bytes", path, maxFile)
	}

	return string(b), nil
}

// ParseABI reads and checks the text of a description. Every mistake names the
// operation and the field.
func ParseABI(text string) (ABI, error) {
	var a ABI
	if len(text) > maxFile {
		return a, fmt.Errorf("%d bytes, at most %d", len(text), maxFile)
	}
	meta, err := toml.Decode(text, &a)
	if err != nil {
		return a, err
	}
	if u := meta.Undecoded(); len(u) > 0 {
		return a, fmt.Errorf("unknown key %s", u[0])
	}
	return a, a.check()
}

func (a ABI) check() error {
	var errs []error
	if !filepath.IsAbs(a.Library) {
		errs = append(errs, errors.New("library: not an absolute path"))
	}
	if _, ok := a.Op[OpStatus]; !ok {
		errs = append(errs, errors.New("op.status: missing; without it nobody knows where the card is"))
	}

	for _, name := range slices.Sorted(maps.Keys(a.Op)) {
		if err := a.Op[name].check(name); err != nil {
			errs = append(errs, fmt.Errorf("op.%s: %w", name, err))
		}
	}

	errs = append(errs, a.checkWorks()...)

	for _, code := range slices.Sorted(maps.Keys(a.Error)) {
		f := a.Error[code]
		if _, err := strconv.ParseInt(code, 10, 32); err != nil {
			errs = append(errs, fmt.Errorf("error.%s: not a 32-bit number", code))
		}
		if errorNames[f.Is] == nil {
			errs = append(errs, fmt.Errorf("error.%s: is: %q is none of %s", code, f.Is, strings.Join(slices.Sorted(maps.Keys(errorNames)), ", ")))
		}
	}

	return errors.Join(errs...)
}

func (c Call) check(name string) error {
	if !known(name) {
		return errors.New("no such operation")
	}
	if err := c.checkShape(); err != nil {
		return err
	}
	if c.Returns != "" && c.Returns != "code" && c.Returns != "length" {
		return fmt.Errorf("returns: %q is neither code nor length", c.Returns)
	}

	for i, s := range c.Args {
		a, err := ParseArg(s)
		if err == nil && a.IsField() {
			err = fmt.Errorf("%q is of a piece of work", s)
		}
		if err != nil {
			return fmt.Errorf("args[%d]: %w", i, err)
		}
	}

	if name == OpStatus && (!slices.Contains(c.Args, "value") || len(c.Media) == 0) {
		return errors.New("needs the argument value, and media")
	}

	for v, m := range c.Media {
		if _, err := strconv.ParseInt(v, 10, 32); err != nil {
			return fmt.Errorf("media.%s: not a 32-bit number", v)
		}
		if _, ok := mediaOf(m); !ok {
			return fmt.Errorf("media.%s: %q is no place of a card", v, m)
		}
	}
	return nil
}

// checkShape reports what no call has.
func (c Call) checkShape() error {
	if c.Function == "" {
		return errors.New("function: missing")
	}
	if len(c.Args) > maxArgs {
		return fmt.Errorf("args: %d, at most %d", len(c.Args), maxArgs)
	}
	if l := c.Limit(); l <= 0 || l > MaxDeadline {
		return fmt.Errorf("deadline: %v is not within 0 to %v", l, MaxDeadline)
	}

	return nil
}

func known(name string) bool {
	if name == OpOpen || name == OpClose || name == OpStatus {
		return true
	}
	_, ok := opOf(name)
	return ok
}

func opOf(name string) (card.Op, bool) {
	for o := card.Accept; o <= card.Reset; o++ {
		if o.String() == name {
			return o, true
		}
	}
	return 0, false
}

func mediaOf(name string) (card.Media, bool) {
	for m := card.NotPresent; m <= card.Jammed; m++ {
		if m.String() == name {
			return m, true
		}
	}
	return 0, false
}

// ArgKind is what an argument passes.
type ArgKind int

// The arguments.
const (
	ArgData ArgKind = iota + 1
	ArgDataLen
	ArgAddress
	ArgLength
	ArgArea
	ArgChip
	ArgOut
	ArgOutCap
	ArgOutLen
	ArgValue
	ArgTrack
	ArgNumber
	ArgText
	ArgIn   // a field that is told
	ArgTold // a field that the library tells
	ArgSame // a field that it tells, which must be as it was told before
)

// Arg is one argument of a call.
type Arg struct {
	Kind   ArgKind
	Number int32  // ArgNumber; ArgTrack: 0 to 2
	Text   string // ArgText; ArgIn, ArgTold, ArgSame: name of the field
}

var argWords = map[string]Arg{
	"data": {Kind: ArgData}, "len(data)": {Kind: ArgDataLen}, "address": {Kind: ArgAddress}, "length": {Kind: ArgLength},
	"area": {Kind: ArgArea}, "chip": {Kind: ArgChip}, "out": {Kind: ArgOut}, "cap(out)": {Kind: ArgOutCap},
	"len(out)": {Kind: ArgOutLen}, "value": {Kind: ArgValue},
	"track1": {Kind: ArgTrack}, "track2": {Kind: ArgTrack, Number: 1}, "track3": {Kind: ArgTrack, Number: 2},
}

// ParseArg reads one argument of a description.
func ParseArg(s string) (Arg, error) {
	if a, ok := argWords[s]; ok {
		return a, nil
	}
	if a, ok := parseField(s); ok {
		return a, nil
	}
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		text := s[1 : len(s)-1]
		if len(text) > maxText || strings.ContainsRune(text, 0) {
			return Arg{}, fmt.Errorf("text of %d bytes, at most %d, without NUL", len(text), maxText)
		}
		return Arg{Kind: ArgText, Text: text}, nil
	}
	if n, err := strconv.ParseInt(s, 0, 32); err == nil {
		return Arg{Kind: ArgNumber, Number: int32(n)}, nil
	}
	return Arg{}, fmt.Errorf("%.40q is no argument", s)
}
