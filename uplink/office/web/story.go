package web

import (
	"encoding/json"
	"slices"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
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
	for _, h := range d.History {
		office = append(office, tellHistory(l, h))
	}
	return merge(merge(kiosk, office), tellCases(l, d.Cases))
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

// told is the union of what the records say that are told.
type told struct {
	Account   string       `json:"account"`
	Arrears   money.Amount `json:"arrears"`
	Online    bool         `json:"online"`
	Note      int          `json:"note"`
	Value     money.Amount `json:"value"`
	Inferred  bool         `json:"inferred"`
	Evidence  string       `json:"evidence"`
	Total     money.Amount `json:"total"`
	Reason    string       `json:"reason"`
	Status    string       `json:"status"`
	Code      string       `json:"code"`
	Text      string       `json:"text"`
	ToArrears money.Amount `json:"to_arrears"`
	ToAdvance money.Amount `json:"to_advance"`
	Copy      int          `json:"copy"`
	Outcome   string       `json:"outcome"`
}

func tellEvent(l lang, e books.Event) moment {
	m := moment{At: e.At, Who: "kiosk", Title: e.Type, Seq: e.Seq, Lost: e.Trust == 0}
	var v told
	if json.Unmarshal([]byte(e.Payload), &v) != nil {
		m.Tone = "bad"
		return m
	}
	evidence := l.of("evidence", v.Evidence)
	if v.Inferred {
		evidence = l.t("ev.inferred", evidence)
	}
	switch e.Type {
	case "opened":
		m.Title, m.Detail = l.t("ev.opened", v.Account, yuan(v.Arrears)), l.t("txn.offline")
		if v.Online {
			m.Detail = l.t("txn.online")
		}
	case "note-accepted":
		m.Title = l.t("ev.accepted", v.Note+1, yuan(v.Value))
	case "note-stacked":
		m.Title, m.Detail, m.Tone = l.t("ev.stacked", v.Note+1, yuan(v.Value)), evidence, "good"
		if v.Inferred {
			m.Tone = "warn"
		}
	case "note-returned":
		m.Title, m.Detail = l.t("ev.returned", v.Note+1, yuan(v.Value)), evidence
	case "note-unresolved":
		m.Title, m.Detail, m.Tone = l.t("ev.unresolved", v.Note+1, yuan(v.Value)), evidence, "bad"
	case "stray-note":
		m.Title, m.Detail, m.Tone = l.t("ev.stray", yuan(v.Value)), evidence, "bad"
	case "cash-closed":
		m.Title, m.Detail = l.t("ev.closed", yuan(v.Total)), l.of("why", v.Reason)
	case "outcome-learned":
		m.Title, m.Tone = l.t("ev.learned", l.of("state", v.Status)), tone(v.Status)
		if v.Status == books.StatusPosted {
			m.Detail = split(l, v.ToArrears, v.ToAdvance)
		}
	case "cancelled":
		m.Title, m.Detail = l.t("ev.cancelled"), l.of("why", v.Reason)
	case "slip":
		m.Title = l.t("ev.slip", v.Copy, l.of("slip", v.Outcome))
	}
	return m
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
	}
	return ""
}

func tellHistory(l lang, h books.History) moment {
	m := moment{At: h.At, Who: "office", Title: h.Event}
	answered := func(key string) {
		m.Who, m.Detail, m.Tone = "mis", l.t("ev.to", l.of("pstate", h.State)), tone(h.State)
		if m.Title = l.t(key, h.Code+" "+h.Text); h.Code == "" {
			m.Title, m.Who, m.Tone = l.t("ev.lost"), "office", "warn"
		}
	}
	switch {
	case h.Event == "ordered":
		m.Title = l.t("ev.ordered")
	case h.Event == "due":
		m.Title = map[string]string{
			posting.Word(posting.Calling): l.t("ev.call.post"), posting.Word(posting.Asking): l.t("ev.call.ask"), posting.Word(posting.Reversing): l.t("ev.call.rev"),
		}[h.State]
	case h.Event == "post answered":
		answered("ev.ans.post")
	case h.Event == "ask answered":
		answered("ev.ans.ask")
	case h.Event == "reverse answered":
		answered("ev.ans.rev")
	case h.Event == "restarted":
		m.Title, m.Tone = l.t("ev.restart"), "warn"
	default:
		tellPerson(l, h, &m)
	}
	return m
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

func tellCases(l lang, cases []books.Case) []moment {
	var out []moment
	for _, c := range cases {
		out = append(out, moment{At: c.OpenedAt, Who: "office", Title: l.t("ev.case", l.of("class", c.Class)), Detail: l.of("todo", c.Class), Tone: "bad"})
		if !c.Open {
			out = append(out, moment{At: c.ClosedAt, Who: "person", Title: l.t("ev.caseclosed", c.Resolution), Detail: l.t("ev.by", c.ClosedBy)})
		}
	}
	slices.SortStableFunc(out, func(a, b moment) int { return int(max(-1, min(1, a.At-b.At))) })
	return out
}
