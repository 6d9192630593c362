package web

import (
	"slices"
	"strings"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
)

// moment is one step of a payment as a page tells it.
type moment struct {
	At     int64
	Who    string // kiosk, office, mis, person
	Title  string
	Detail string
	Tone   string // good, warn, bad, or empty
	Seq    uint64 // of the kiosk's record, 0 for others
	Lost   bool   // by a clock that was not set
}

// story merges what the kiosk, head office and people did. Steps of one source
// keep their order whatever their clocks say; between sources time decides.
func story(l lang, d books.Detail) []moment {
	var kiosk, office []moment
	for _, e := range d.Events {
		kiosk = append(kiosk, tellEvent(l, e))
	}
	at := system("")
	if d.Posting != nil && d.Posting.System() == mis.CardSystem {
		at = ofSale
	}
	for _, h := range d.History {
		office = append(office, tellHistory(l, at, h)...)
	}
	if p := d.Posting; p != nil && p.InFlight && !saysDue(d.History, p.Version) {
		office = append(office, tellCall(l, at, calls[p.State], p.NextAt.Add(-call.Lease).UnixMilli()))
	}
	return merge(merge(kiosk, office), tellCases(l, d.Cases, at == ofSale))
}

func merge(a, b []moment) []moment {
	out := make([]moment, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].At < a[0].At {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// tellEvent is a record as a moment. A record that is no payment event, or cannot be
// read, keeps its type as title.
func tellEvent(l lang, rec books.Event) moment {
	m := moment{At: rec.At, Who: "kiosk", Title: rec.Type, Seq: rec.Seq, Lost: record.Trust(rec.Trust) == record.Untrusted}
	event, err := payments.Decode(rec.Record())
	if err != nil {
		m.Tone = "bad"
		return m
	}

	switch e := event.(type) {
	case payments.Opened:
		m.Title, m.Detail = l.t("ev.opened.offline", e.Account), l.t("txn.offline")
		if e.Online {
			m.Title, m.Detail = l.t("ev.opened", e.Account, yuan(e.Arrears)), l.t("txn.online")
		}
		if e.ByBank {
			m.Detail += " · " + l.t("txn.bybank")
		}
		tellOpened(l, e, &m)
	case cash.Closed:
		m.Title, m.Detail = l.t("ev.closed", yuan(e.Total)), l.ended(e.Total, e.Reason)
	case post.OutcomeLearned:
		tellOutcome(l, "ev.learned", post.Outcome(e), &m)
	case post.Resolved:
		tellOutcome(l, "ev.resolved", e.Outcome, &m)
	case payments.SlipAttempt:
		m.Title = l.t("ev.slip", e.Copy, l.of("slip", e.Outcome))
	default:
		tellMeter(l, event, &m)
	}
	return m
}

func tellOutcome(l lang, key string, o post.Outcome, m *moment) {
	m.Title = l.t(key, l.of("state", string(o.Status)))
	m.Tone = tone(string(o.Status))
	switch {
	case o.Sold.Count > 0:
		m.Title, m.Detail = l.t(key, l.t("sale.done")), l.t("sale.nth", o.Sold.Count)+" "+yuan(o.Sold.Amount)
	case o.Status == post.Posted:
		m.Detail = split(l, o.ToArrears, o.ToAdvance)
	}
}

// tellNote tells what became of a note.
func tellNote(l lang, event payments.Event, m *moment) {
	switch e := event.(type) {
	case cash.NoteAccepted:
		m.Title = l.t("ev.accepted", e.Note+1, yuan(e.Value))
	case cash.NoteStacked:
		m.Title, m.Tone = l.t("ev.stacked", e.Note+1, yuan(e.Value)), "good"
		m.Detail = l.of("evidence", e.Evidence)
		if e.Inferred {
			m.Detail, m.Tone = l.t("ev.inferred", m.Detail), "warn"
		}
	case cash.NoteReturned:
		m.Title, m.Detail = l.t("ev.returned", e.Note+1, yuan(e.Value)), l.of("evidence", e.Evidence)
	case cash.NoteUnresolved:
		m.Title, m.Tone = l.t("ev.unresolved", e.Note+1, yuan(e.Value)), "bad"
		m.Detail = l.of("evidence", e.Evidence)
	case cash.StrayNote:
		word := "ev.stray"
		if !e.InCassette() {
			word = "ev.astray"
		}
		m.Title, m.Tone = l.t(word, l.unless(e.Value)), "bad"
		m.Detail = l.of("evidence", e.Evidence)
	}
}

// unless is an amount, or that it is not known if it is 0.
func (l lang) unless(a money.Amount) string {
	if a == 0 {
		return l.t("amount.unknown")
	}
	return yuan(a)
}

func split(l lang, arrears, advance money.Amount) string {
	return l.t("txn.toarr") + " " + yuan(arrears) + " · " + l.t("txn.toadv") + " " + yuan(advance)
}

// tone of a state of a payment or posting.
func tone(state string) string {
	switch state {
	case books.StatusPosted:
		return "good"
	case books.StatusOwed, books.StatusDisputed:
		return "bad"
	case books.StatusUndoing, books.StatusUndone, books.StatusUnwritten:
		return "warn"
	}
	return ""
}

// saysDue reports whether the history has a line for the call under way: that of older
// software does.
func saysDue(steps []books.History, version int64) bool {
	return slices.ContainsFunc(steps, func(h books.History) bool { return h.Event == "due" && h.Version == version })
}

// calls are the calls into the MIS as the history names them, by the state that makes
// them.
var calls = map[posting.State]string{posting.Calling: "post", posting.Asking: "ask", posting.Reversing: "reverse"}

// system is whose words a posting's history is told in: those of the MIS, or ofSale.
type system string

const ofSale system = "sale."

func tellCall(l lang, s system, which string, at int64) moment {
	return moment{At: at, Who: "office", Title: l.t("ev." + string(s) + "call." + which)}
}

// tellHistory is a step of the posting as moments: a call and its end are two.
func tellHistory(l lang, s system, h books.History) []moment {
	m := moment{At: h.At, Who: "office", Title: h.Event}
	which, end, _ := strings.Cut(h.Event, " ")
	switch {
	case h.Event == "ordered":
		m.Title = l.t("ev." + string(s) + "ordered")
	case h.Event == "recalled":
		m.Title, m.Detail, m.Tone = l.t("ev.recalled"), l.t("ev.to", s.state(l, h.State)), "warn"
	case h.Event == "due": // of older software
		state, _ := posting.ParseWord(h.State)
		return []moment{tellCall(l, s, calls[state], h.At)}
	case end == "answered" || end == "answered late":
		tellAnswer(l, s, h, which, end, &m)
	case end == "expired":
		m.Title, m.Tone = l.t("ev."+string(s)+"lost"), "warn"
	case end == "restarted" || h.Event == "restarted": // the latter of older software
		m.Title, m.Tone = l.t("ev.restart"), "warn"
	default:
		tellPerson(l, h, &m)
	}

	if h.Times > 1 {
		m.Detail = strings.Trim(m.Detail+" · "+l.t("ev.times", h.Times), " ·")
	}
	if h.BeganAt == 0 {
		return []moment{m}
	}
	return []moment{tellCall(l, s, which, h.BeganAt), m}
}

// state is what a call left the posting in, in words. One that is ordered again waits to
// be sent again.
func (s system) state(l lang, state string) string {
	switch {
	case state == posting.Word(posting.Ordered):
		return l.t("ev.again")
	case s == ofSale:
		return l.of("salestate", state)
	}
	return l.of("pstate", state)
}

// tellAnswer tells what the system said to a call, if it said something. A call without an
// answer that leaves the posting ordered never left head office: nothing is unknown then.
func tellAnswer(l lang, s system, h books.History, which, end string, m *moment) {
	m.Detail = l.t("ev.to", s.state(l, h.State))
	if h.Code == "" {
		m.Title, m.Tone = l.t("ev."+string(s)+"lost"), "warn"
		if which == "post" && h.State == posting.Word(posting.Ordered) {
			m.Title = l.t("ev." + string(s) + "unsent")
		}
		return
	}

	m.Who, m.Title, m.Tone = "mis", l.t("ev."+string(s)+"ans."+which, strings.TrimSpace(h.Code+" "+h.Text)), tone(h.State)
	if s == ofSale {
		m.Who = "sale"
	}
	if end != "answered" {
		m.Title = l.t("ev.late", m.Title)
	}
}

// actor is who did a step, as a person reads it. The books name the process of head
// office by the machine that it runs on, which is nobody.
func (l lang) actor(h books.History, kiosk string) string {
	switch {
	case h.By == "":
		return ""
	case h.By == kiosk:
		return l.t("by.kiosk")
	case h.Event == "notice":
		return l.t("by.acquirer")
	case slices.Contains([]string{"refund asked", "refund ordered", "refund given", "refund refused", "claimed", "confirmed"}, h.Event):
		return h.By
	}
	return l.t("by.office")
}

// tellPerson tells a step that is not the machine's.
func tellPerson(l lang, h books.History, m *moment) {
	m.Who, m.Detail = "person", l.t("ev.by", h.By)
	switch act, _, _ := strings.Cut(h.Event, " "); act {
	case actRetry:
		m.Title = l.t("ev.retry")
	case actReverse:
		m.Title = l.t("ev.reverse")
	}
}

// closing is how a case was closed, and by whom, as a person reads it.
func (l lang) closing(c books.Case) (how, by string) {
	if c.ClosedBy == books.ClosedByOffice {
		return l.reason(c.Resolution), l.t("case.office")
	}
	if c.Class == books.ClassCounterfeit {
		return l.reason(c.Resolution), c.ClosedBy
	}
	return c.Resolution, c.ClosedBy
}

func tellCases(l lang, cases []books.Case, buys bool) []moment {
	var out []moment
	for _, c := range cases {
		opened := moment{At: c.OpenedAt, Who: "office", Title: l.t("ev.case", l.of("class", matterOf(c, buys))), Tone: "bad"}
		if c.Open { // what has to be done is no part of the story once it is
			opened.Detail = l.of("todo", matterOf(c, buys))
		}
		out = append(out, opened)
		if c.Open {
			continue
		}
		how, by := l.closing(c)
		m := moment{At: c.ClosedAt, Who: "person", Title: l.t("ev.caseclosed", how), Detail: l.t("ev.by", by)}
		if c.ClosedBy == books.ClosedByOffice {
			m.Who, m.Detail = "office", ""
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b moment) int { return int(max(-1, min(1, a.At-b.At))) })
	return out
}
