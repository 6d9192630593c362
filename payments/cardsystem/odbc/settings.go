package odbc

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/mis"
)

// Bounds of Settings.
const (
	DefaultLibrary  = "libodbc.so.2"
	DefaultChildren = 4
	MaxChildren     = 64
	maxSQL          = 16 << 10
	maxParameters   = 64
)

// Settings are one database, as a file says.
type Settings struct {
	Library   string            `toml:"library"`   // of the driver manager; missing = DefaultLibrary
	Connect   string            `toml:"connect"`   // DRIVER=…;Server=… and so on, with the password
	Host      string            `toml:"host"`      // unix: and the socket where roadhost is started under an account of its own; missing = as officed's user
	Env       map[string]string `toml:"env"`       // of roadhost: ODBCSYSINI, ODBCINI and so on
	Children  int               `toml:"children"`  // connections, a process each; missing = DefaultChildren
	Amounts   Unit              `toml:"amounts"`   // fen or yuan
	Duplicate []string          `toml:"duplicate"` // SQLSTATE, or SQLSTATE/native, by which Do says that its key is there
	Codes     map[string]string `toml:"codes"`     // code = meaning, in the words of cardsystem

	Quote   Operation `toml:"quote"`
	Sell    Operation `toml:"sell"`
	Ask     Operation `toml:"ask"`
	Reverse Operation `toml:"reverse"`
	Steps   Operation `toml:"steps"`
	Report  Operation `toml:"report"`
	Totals  Operation `toml:"totals"`
}

// Operation is how one operation is said.
type Operation struct {
	Do    SQL            `toml:"do"`
	Alone bool           `toml:"alone"` // Do commits by itself
	Read  SQL            `toml:"read"`
	None  string         `toml:"none"` // the code of an answer without a row
	Lists map[string]SQL `toml:"lists"`
}

// SQL is a statement and the values of its question marks, in their order.
type SQL struct {
	Text string   `toml:"sql"`
	With []string `toml:"with"`
}

// Unit is what amounts are counted in.
type Unit string

// The units.
const (
	Fen  Unit = "fen"
	Yuan Unit = "yuan"
)

// lists are those that an operation may have. It is read-only.
var lists = map[cardsystem.Op][]string{
	cardsystem.OpQuote: {"by-time", "tariff"}, cardsystem.OpSteps: {"steps"}, cardsystem.OpTotals: {"sales"},
}

// changing are the operations that may have a Do. Steps may: some systems note who asked.
var changing = []cardsystem.Op{cardsystem.OpSell, cardsystem.OpReverse, cardsystem.OpSteps, cardsystem.OpReport}

func (s *Settings) operations() map[cardsystem.Op]*Operation {
	return map[cardsystem.Op]*Operation{
		cardsystem.OpQuote: &s.Quote, cardsystem.OpSell: &s.Sell, cardsystem.OpAsk: &s.Ask, cardsystem.OpReverse: &s.Reverse,
		cardsystem.OpSteps: &s.Steps, cardsystem.OpReport: &s.Report, cardsystem.OpTotals: &s.Totals,
	}
}

var state = regexp.MustCompile(`^[0-9A-Z]{5}(/-?[0-9]{1,9})?$`)

// check finds every mistake that can be found without the database.
func (s *Settings) check() error {
	var wrong []error
	if s.Connect == "" || strings.Contains(s.Connect, "\x00") {
		wrong = append(wrong, errors.New("connect: missing"))
	}
	if s.Amounts != Fen && s.Amounts != Yuan {
		wrong = append(wrong, fmt.Errorf("amounts %.20q: want fen or yuan", s.Amounts))
	}
	if err := child.CheckSocket(s.Host, s.Env); err != nil {
		wrong = append(wrong, err)
	}
	if s.Children < 0 || s.Children > MaxChildren {
		wrong = append(wrong, fmt.Errorf("children %d: want 1 to %d", s.Children, MaxChildren))
	}
	for _, d := range s.Duplicate {
		if !state.MatchString(d) {
			wrong = append(wrong, fmt.Errorf("duplicate %.20q: want SQLSTATE or SQLSTATE/native", d))
		}
	}
	if err := s.codes().Check(); err != nil {
		wrong = append(wrong, err)
	}

	for op, o := range s.operations() {
		if err := s.checkOperation(op, o); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", op, err))
		}
	}
	return errors.Join(wrong...)
}

func (s *Settings) checkOperation(op cardsystem.Op, o *Operation) error {
	statements := map[string]SQL{"read": o.Read}
	switch {
	case o.Do.Text != "" && !slices.Contains(changing, op):
		return errors.New("do: it only reads")
	case o.Do.Text == "" && (op == cardsystem.OpSell || op == cardsystem.OpReverse || op == cardsystem.OpReport):
		return errors.New("do: missing")
	case o.Alone && o.Do.Text == "":
		return errors.New("alone is of a do")
	case o.None != "" && (op == cardsystem.OpSell || op == cardsystem.OpReverse):
		return errors.New("none: no row decides nothing here")
	case o.None != "" && s.codes().Meaning(mis.Code(o.None)) == "":
		return fmt.Errorf("none: code %.20q has no meaning", o.None)
	case o.Do.Text != "":
		statements["do"] = o.Do
	}
	for name, l := range o.Lists {
		if !slices.Contains(lists[op], name) {
			return fmt.Errorf("lists.%.20s: want %s", name, strings.Join(lists[op], ", "))
		}
		statements["lists."+name] = l
	}
	if op == cardsystem.OpSteps && len(o.Lists) == 0 {
		return errors.New("lists.steps: missing")
	}

	values := s.values(cardsystem.Request{Op: op})
	for name, q := range statements {
		if q.Text == "" || len(q.Text) > maxSQL || strings.Contains(q.Text, "\x00") || len(q.With) > maxParameters {
			return fmt.Errorf("%s: want sql of up to %d bytes, with up to %d values", name, maxSQL, maxParameters)
		}
		for _, v := range q.With {
			if _, known := values[v]; !known {
				return fmt.Errorf("%s: %.20q is no value of it: want %s", name, v, strings.Join(slices.Sorted(maps.Keys(values)), ", "))
			}
		}
	}
	return nil
}

// codes are the return codes in an order that is always the same.
func (s *Settings) codes() cardsystem.Codes {
	var c cardsystem.Codes
	for _, code := range slices.Sorted(maps.Keys(s.Codes)) {
		c = append(c, cardsystem.Says{Code: mis.Code(code), Meaning: cardsystem.Meaning(s.Codes[code])})
	}

	return c
}
