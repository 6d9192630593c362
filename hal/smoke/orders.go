package smoke

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
)

// smokeID names every command: a person gives one at a time.
const smokeID = 1

// plain is an order without words.
func plain[Cmd any](c Cmd) order[Cmd] {
	return order[Cmd]{read: func(args []string) (Cmd, error) {
		if len(args) > 0 {
			return c, errOrder
		}
		return c, nil
	}}
}

func validatorOrders() orders[bill.Command] {
	o := orders[bill.Command]{"enable": {"[YUAN…]", func(args []string) (bill.Command, error) {
		c := bill.Command{Op: bill.Enable}
		for _, a := range args {
			yuan, err := strconv.ParseInt(a, 10, 32)
			if err != nil || yuan < 1 {
				return c, errOrder
			}
			c.Values = append(c.Values, yuan*100)
		}
		return c, nil
	}}}
	for _, op := range []bill.Op{bill.Disable, bill.Stack, bill.Return, bill.Hold, bill.Reset, bill.Confirm} {
		o[op.String()] = plain(bill.Command{Op: op})
	}
	return o
}

func printerOrders() orders[printer.Command] {
	page := func(lines ...printer.Line) printer.Command {
		return printer.Command{ID: "smoke", Page: printer.Page{Lines: lines}}
	}

	return orders[printer.Command]{
		"print": {"TEXT", func(args []string) (printer.Command, error) {
			return page(printer.Line{Text: strings.Join(args, " ")}), nil
		}},
		"sample": plain(page(
			printer.Line{Text: "打印测试 PRINTER TEST", Align: printer.Centre, Bold: true, Large: true},
			printer.Line{Rule: true}, printer.Line{Label: "左 left", Value: "右 right"},
			printer.Line{QR: "https://example.invalid/", Align: printer.Centre},
		)),
	}
}

func printerWords(e printer.Event) string {
	if e.Kind == printer.StatusChanged {
		return fmt.Sprintf("%v %v paper=%v cover-open=%v cutter-fault=%v %s", e.Kind, e.Status.State, e.Status.Paper, e.Status.CoverOpen, e.Status.Cutter, e.Status.Detail)
	}
	return fmt.Sprintf("%v %s", e.Kind, e.Detail)
}

func cardOrders() orders[card.Command] {
	o := orders[card.Command]{
		"apdu": {"HEX", func(args []string) (card.Command, error) {
			b, err := hex.DecodeString(strings.Join(args, ""))
			if err != nil || len(b) < 4 {
				return card.Command{}, errOrder
			}
			return card.Command{ID: smokeID, Op: card.Transmit, Data: b}, nil
		}},
		"select": {"sle4442|sle4428|at24c|at88sc102", func(args []string) (card.Command, error) {
			chips := map[string]card.Chip{"sle4442": card.SLE4442, "sle4428": card.SLE4428, "at24c": card.AT24C, "at88sc102": card.AT88SC102}
			if len(args) != 1 || chips[args[0]] == 0 {
				return card.Command{}, errOrder
			}
			return card.Command{ID: smokeID, Op: card.Select, Chip: chips[args[0]]}, nil
		}},
		"read": {"ADDRESS LENGTH", func(args []string) (card.Command, error) {
			n, err := numbers(args, 2)
			if err != nil {
				return card.Command{}, err
			}
			return card.Command{ID: smokeID, Op: card.Read, Address: n[0], Length: n[1]}, nil
		}},
	}

	for _, op := range []card.Op{card.Accept, card.Refuse, card.PowerOn, card.PowerOff, card.Tries, card.ReadTracks, card.Eject, card.Capture, card.Reset} {
		o[op.String()] = plain(card.Command{ID: smokeID, Op: op})
	}
	return o
}

func numbers(args []string, n int) ([]int, error) {
	if len(args) != n {
		return nil, errOrder
	}
	out := make([]int, n)
	for i, a := range args {
		v, err := strconv.ParseUint(a, 0, 16)
		if err != nil {
			return nil, errOrder
		}
		out[i] = int(v)
	}
	return out, nil
}

// cardWords shows lengths and status words, never what a card holds.
func cardWords(e card.Event) string {
	if e.Kind == card.StatusChanged {
		return fmt.Sprintf("%v %v media=%v bin-full=%v %s", e.Kind, e.Status.State, e.Status.Media, e.Status.BinFull, e.Status.Detail)
	}

	s := fmt.Sprintf("%v %v", e.Kind, e.Data)
	if n := len(e.Data); n >= 2 {
		s += fmt.Sprintf(", the last two %02X%02X", e.Data[n-2], e.Data[n-1])
	}

	for i, t := range e.Tracks {
		if len(t) > 0 {
			s += fmt.Sprintf(", track %d %v", i+1, t)
		}
	}
	return s + errWords(e.Err)
}

func errWords(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

func pinpadOrders() orders[pinpad.Command] {
	return orders[pinpad.Command]{
		"cancel": plain(pinpad.Command{ID: smokeID, Op: pinpad.Cancel}),
		"digits": {"MOST", func(args []string) (pinpad.Command, error) {
			n, err := numbers(args, 1)
			if err != nil {
				return pinpad.Command{}, err
			}
			return pinpad.Command{ID: smokeID, Op: pinpad.EnterDigits, Max: n[0]}, nil
		}},
		"pin": {"SLOT (a test account number is used)", func(args []string) (pinpad.Command, error) {
			n, err := numbers(args, 1)
			if err != nil {
				return pinpad.Command{}, err
			}
			return pinpad.Command{ID: smokeID, Op: pinpad.EnterPIN, Slot: byte(n[0]), PAN: pinpad.Secret("0000000000000000")}, nil
		}},
		"mac": {"SLOT TEXT", func(args []string) (pinpad.Command, error) {
			if len(args) < 2 {
				return pinpad.Command{}, errOrder
			}
			n, err := numbers(args[:1], 1)
			if err != nil {
				return pinpad.Command{}, err
			}
			return pinpad.Command{ID: smokeID, Op: pinpad.MAC, Slot: byte(n[0]), Data: pinpad.Secret(strings.Join(args[1:], " "))}, nil
		}},
	}
}

func pinpadWords(e pinpad.Event) string {
	switch e.Kind {
	case pinpad.StatusChanged:
		return fmt.Sprintf("%v %v master-key=%v tamper=%v %s", e.Kind, e.Status.State, e.Status.Keyed, e.Status.Tamper, e.Status.Detail)
	case pinpad.KeyPressed:
		return fmt.Sprintf("%v %d", e.Kind, e.Count)
	}
	return fmt.Sprintf("%v %v", e.Kind, e.Data) + errWords(e.Err)
}

func scannerOrders() orders[scanner.Command] {
	return orders[scanner.Command]{"enable": plain(scanner.Command{Op: scanner.Enable}), "disable": plain(scanner.Command{Op: scanner.Disable})}
}

// scannerWords shows the code: with a person at the scanner it is what they hold.
func scannerWords(e scanner.Event) string {
	if e.Kind == scanner.Scanned {
		return fmt.Sprintf("scanned %q", string(e.Code))
	}
	return "unreadable: " + e.Detail
}

func meterOrders() orders[meter.Command] {
	return orders[meter.Command]{
		"find": plain(meter.Command{ID: smokeID, Op: meter.Find}),
		"read": {"ADDRESS ITEM", func(args []string) (meter.Command, error) {
			c := meter.Command{ID: smokeID, Op: meter.Read}
			if len(args) != 2 {
				return c, errOrder
			}
			c.Address = meter.Address(args[0])
			for i := meter.EnergyTotal; i <= meter.LastPurchaseAt; i++ {
				if i.String() == args[1] {
					c.Item = i
					return c, nil
				}
			}
			return c, errOrder
		}},
	}
}

func meterWords(e meter.Event) string {
	if e.Kind == meter.NotDone {
		return e.Kind.String() + errWords(e.Err)
	}
	if !e.Time.IsZero() {
		return fmt.Sprintf("%v meter %s %v %s", e.Kind, e.Address, e.Item, e.Time.Format("2006-01-02 15:04"))
	}
	return fmt.Sprintf("%v meter %s %v %d", e.Kind, e.Address, e.Item, e.Value)
}
