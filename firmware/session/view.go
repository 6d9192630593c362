package session

import (
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// View is the screen as data: what GET /state answers and what the page is
// drawn from.
type View struct {
	Rev      uint64         `json:"rev"`
	Screen   Screen         `json:"screen"`
	Lang     receipt.Lang   `json:"lang"`
	Title    string         `json:"title"`
	Fields   map[string]any `json:"fields"`
	Actions  []Action       `json:"actions"`
	Deadline *time.Time     `json:"deadline,omitempty"`
}

// Action is one thing that may be touched.
type Action struct {
	Name    string            `json:"name"`
	Label   string            `json:"label"`
	Enabled bool              `json:"enabled"`
	Primary bool              `json:"primary,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
}

// Slip is what became of the slip of the result on the screen.
type Slip string

// The states of a slip.
const (
	SlipNone     Slip = ""
	SlipPrinting Slip = "printing"
	SlipPrinted  Slip = "printed"
	SlipFailed   Slip = "failed"
)

// Machine is what the view shows beside the session.
type Machine struct {
	Env           Env
	Txn           payments.Transaction // the live transaction, or zero
	Closing       bool                 // no further note is taken
	TakingNotes   bool                 // the validator is enabled
	NoteMoving    bool                 // a note is between slot and cassette
	LastRefused   string               // why the last note came back; empty for none
	Slip          Slip
	Blocks        []string // codes of what is wrong
	Online        bool
	Denominations []money.Amount
	CanScan       bool // there is a scanner for the bar code of a bill
	Terminal      string
	Hotline       string
}

// Draw makes the view of a session.
func Draw(s State, m Machine) View {
	v := &View{Rev: s.Rev, Screen: s.Screen, Lang: s.Lang, Fields: map[string]any{}}
	say := v.say
	v.Title = say("title." + string(s.Screen))
	if !s.Deadline.IsZero() {
		d := s.Deadline
		v.Deadline = &d
	}
	f := v.Fields
	f["terminal"], f["hotline"], f["online"] = m.Terminal, m.Hotline, m.Online
	if s.Notice != "" {
		f["notice"], f["notice_text"] = s.Notice, say("notice."+s.Notice)
	}
	act := v.act
	if s.Asking {
		f["asking"] = say("asking")
		act("more-time", true, true, nil)
	}
	switch s.Screen {
	case Idle:
		act("start", true, true, nil)
		offerStaff(v, m)
	case ChooseService:
		act("pay-bill", m.Env.CanPay, true, nil)
		act("buy-power", false, false, nil)
		act("query", false, false, nil)
		act("back", true, false, nil)
	case EnterAccount:
		f["account"], f["waiting"] = s.Account, s.Waiting
		if s.Waiting {
			f["waiting_text"] = say("waiting")
		}
		if m.CanScan {
			f["scan"] = true
		}
		act("account", !s.Waiting, true, nil)
		act("back", true, false, nil)
		act("cancel", true, false, nil)
	case ConfirmAccount:
		quoteFields(f, s.Quote, say)
		act("confirm", true, true, nil)
		act("back", true, false, nil)
		act("cancel", true, false, nil)
	case ChooseTender:
		quoteFields(f, s.Quote, say)
		v.Actions = append(v.Actions,
			Action{"tender", say("tender.cash"), m.Env.CanPay, true, map[string]string{"kind": "cash"}},
			Action{"tender", say("tender.bankcard"), false, false, map[string]string{"kind": "bankcard"}},
			Action{"tender", say("tender.qr"), false, false, map[string]string{"kind": "qr"}})
		act("back", true, false, nil)
		act("cancel", true, false, nil)
	case InsertCash:
		cashFields(f, s, m, say)
		act("finish-cash", m.Env.HasCash && m.Env.CanClose && !m.NoteMoving, true, nil)
		act("cancel", !m.Env.HasCash, false, nil)
	case Processing:
		txnFields(f, m.Txn)
		f["message"] = say("processing")
	case Done, Failed:
		resultFields(f, m, say)
		if m.Env.SlipDue {
			act("print", true, true, map[string]string{"yes": "true"})
		}
		act("finish", true, !m.Env.SlipDue, nil)
	case OutOfService:
		drawClosed(v, m)
		offerStaff(v, m)
	default:
		drawStaff(v, s, m)
	}
	other := receipt.English
	if s.Lang == receipt.English {
		other = receipt.Chinese
	}
	v.Actions = append(v.Actions, Action{"language", Text(other, "language"), true, false, map[string]string{"lang": string(other)}})
	return *v
}

// say is a phrase in the view's language.
func (v *View) say(key string) string { return Text(v.Lang, key) }

// act adds an action with the words of its name.
func (v *View) act(name string, enabled, primary bool, args map[string]string) {
	v.Actions = append(v.Actions, Action{name, v.say("action." + name), enabled, primary, args})
}

// drawClosed says why nothing is offered; an update is told as what it is, a short
// pause.
func drawClosed(v *View, m Machine) {
	f := v.Fields
	f["message"] = v.say("out-of-service")
	if slices.Contains(m.Blocks, "update") {
		v.Title, f["message"] = v.say("title.update"), v.say("out-of-service.update")
	}
	var why []string
	for _, b := range m.Blocks {
		if b != "update" { // the message says it
			why = append(why, v.say("block."+b))
		}
	}
	f["blocks"], f["reasons"] = m.Blocks, why
}

func quoteFields(f map[string]any, q Quote, say func(string) string) {
	f["account"], f["name"], f["address"], f["verified"] = q.Account, q.Name, q.Address, q.Online
	f["fee"], f["penalty"], f["advance"], f["arrears"], f["minimum"], f["limit"] = int64(q.Fee), int64(q.Penalty), int64(q.Advance), int64(q.Arrears), int64(q.Minimum), int64(q.Limit)
	f["arrears_text"], f["fee_text"], f["penalty_text"], f["advance_text"] = q.Arrears.String(), q.Fee.String(), q.Penalty.String(), q.Advance.String()
	switch {
	case !q.Online:
		f["hint"] = say("hint.offline")
	case q.Arrears == 0:
		f["hint"] = say("hint.no-arrears")
	case q.Minimum > 0:
		f["hint"] = say("hint.minimum") + q.Minimum.String()
	default:
		f["hint"] = say("hint.surplus")
	}
}

func txnFields(f map[string]any, t payments.Transaction) {
	f["account"], f["name"], f["serial"] = t.Account, t.Name, t.Serial
	if due, known := t.Arrears.Get(); known {
		f["arrears"], f["arrears_text"] = int64(due), due.String()
	}
	f["minimum"], f["minimum_text"] = int64(t.Minimum), t.Minimum.String()
	f["total"], f["total_text"] = int64(t.Total()), t.Total().String()
	notes := []int64{}
	for _, n := range t.Cash.Notes {
		if n.State == cash.StateStacked {
			notes = append(notes, int64(n.Value))
		}
	}
	f["notes"], f["verified"] = notes, t.Online
}

func cashFields(f map[string]any, s State, m Machine, say func(string) string) {
	t := m.Txn
	if t.Serial == "" { // it is being opened
		t = payments.Transaction{Account: s.Quote.Account, Name: s.Quote.Name, Minimum: s.Quote.Minimum, Online: s.Quote.Online}
		if s.Quote.Online {
			t.Arrears = money.Known(s.Quote.Arrears)
		}
	}
	txnFields(f, t)
	f["taking_notes"], f["note_moving"] = m.TakingNotes, m.NoteMoving
	short, over := t.Short()
	if due, known := short.Get(); known && due > 0 {
		f["remaining"], f["remaining_text"] = int64(due), due.String()
	} else if more, known := over.Get(); known {
		f["surplus"], f["surplus_text"] = int64(more), more.String()
	}
	var yuan []int64
	for _, d := range m.Denominations {
		yuan = append(yuan, int64(d)/100)
	}
	f["denominations"] = yuan
	if m.LastRefused != "" {
		f["refused"], f["refused_text"] = m.LastRefused, say("refused."+m.LastRefused)
	}
	switch {
	case m.NoteMoving:
		f["hint"] = say("hint.note-moving")
	case !m.TakingNotes:
		f["hint"] = say("hint.opening")
	case m.Env.HasCash && !m.Env.CanClose:
		f["hint"] = say("hint.minimum") + m.Txn.Minimum.String()
	default:
		f["hint"] = say("hint.insert")
	}
}

func resultFields(f map[string]any, m Machine, say func(string) string) {
	t := m.Txn
	txnFields(f, t)
	kind := receipt.KindOf(t)
	if kind == "" {
		kind = "cancelled"
	}
	f["status"], f["result"] = string(t.Status()), kind
	f["result_text"], f["next_text"] = say("result."+kind), say("next."+kind)
	if t.Status() == payments.Posted {
		f["to_arrears"], f["to_advance"] = int64(t.Post.Result.ToArrears), int64(t.Post.Result.ToAdvance)
		f["to_arrears_text"], f["to_advance_text"] = t.Post.Result.ToArrears.String(), t.Post.Result.ToAdvance.String()
		f["reference"] = t.Post.Result.Reference
	}
	if u := t.InDoubt(); u > 0 {
		f["unresolved"], f["unresolved_text"] = int64(u), u.String()
	}
	f["slip"] = string(m.Slip)
	if m.Slip != SlipNone {
		f["slip_text"] = say("slip." + string(m.Slip))
	}
}
