package visit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var allScreens = []page.Screen{
	page.Idle, page.ChooseService, page.EnterAccount, page.ConfirmAccount, page.ChooseTender, page.InsertCash, page.Processing,
	page.Done, page.Failed, page.OutOfService,
	page.ChooseAmount, page.EnterAmount, page.InsertCard, page.ChooseCard, page.EnterPIN, page.TakeCard,
}

// txn is a payment after events that must be legal.
func txn(t *testing.T, events ...payments.Event) payments.Transaction {
	t.Helper()
	var x payments.Transaction
	for _, e := range append([]payments.Event{payments.Opened{Account: "1000000001", Arrears: 12850, Minimum: 5000, Online: true, Tender: "cash", Limit: 50000}}, events...) {
		var err error
		if x, _, err = payments.Step(x, "10000001000000000005", e); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func stacked(values ...money.Amount) (events []payments.Event) {
	for i, v := range values {
		events = append(events, cash.NoteAccepted{Note: i, Value: v}, cash.NoteStacked{Note: i, Value: v})
	}
	return events
}

// standings are payments in every state that a page can be about.
func standings(t *testing.T) map[string]paybill.Standing {
	full := append(stacked(10000), cash.Closed{Total: 10000, Account: "1000000001", Reason: "customer"})
	doubt := append(stacked(10000), cash.NoteAccepted{Note: 1, Value: 5000}, cash.NoteUnresolved{Note: 1, Value: 5000})
	return map[string]paybill.Standing{
		"none":     {},
		"open":     {Txn: txn(t)},
		"short":    {Txn: txn(t, stacked(2000)...)},
		"enough":   {Txn: txn(t, stacked(5000)...)},
		"pending":  {Txn: txn(t, cash.NoteAccepted{Note: 0, Value: 2000})},
		"doubt":    {Txn: txn(t, doubt...), Slip: paybill.SlipPrinted},
		"ordered":  {Txn: txn(t, full...), Slip: paybill.SlipPrinting},
		"posted":   {Txn: txn(t, append(full, post.OutcomeLearned{Status: post.Posted, ToArrears: 10000})...), Slip: paybill.SlipPrinted},
		"owed":     {Txn: txn(t, append(full, post.OutcomeLearned{Status: post.Owed})...), Slip: paybill.SlipFailed},
		"disputed": {Txn: txn(t, append(full, post.OutcomeLearned{Status: post.Disputed})...), Slip: paybill.SlipFailed},
	}
}

// quick is a machine that offers everything it has.
func quick() Machine { return ready(update.Stick{}) }

// TestTouches is every touch on every screen: the next screen and what is asked
// of the kiosk, or a refusal where there is no entry.
func TestTouches(t *testing.T) {
	intents := map[string]map[string]string{
		"start": nil, "pay-bill": nil, "account": {"number": "1000000001"}, "confirm": nil, "back": nil, "cancel": nil,
		"tender": {"kind": "cash"}, "finish-cash": nil, "stop-cash": nil, "print": {"yes": "true"}, "finish": nil, "more-time": nil,
		"language": {"lang": "en"}, "nonsense": nil, "other-amount": nil,
	}
	want := map[string]string{
		"idle/start": "choose-service", "idle/pay-bill": "enter-account", "idle/language": "idle", "out-of-service/language": "out-of-service",
		"choose-service/pay-bill": "enter-account", "choose-service/back": "idle end", "choose-service/cancel": "idle end",
		"enter-account/account": "enter-account verify", "enter-account/back": "choose-service end", "enter-account/cancel": "idle end",
		"confirm-account/confirm": "choose-tender", "confirm-account/back": "enter-account", "confirm-account/cancel": "idle end",
		"choose-tender/tender": "insert-cash open", "choose-tender/back": "confirm-account", "choose-tender/cancel": "idle end",
		"insert-cash/cancel": "processing finish", "insert-cash/back": "processing finish",
		"done/print": "done", "done/finish": "idle end", "done/back": "idle end", "done/cancel": "idle end",
		"failed/print": "failed", "failed/finish": "idle end", "failed/back": "idle end", "failed/cancel": "idle end",
		"insert-cash/more-time": "insert-cash", "processing/language": "processing",
	}
	for _, s := range []page.Screen{page.ChooseService, page.EnterAccount, page.ConfirmAccount, page.ChooseTender, page.Done, page.Failed} {
		want[string(s)+"/more-time"] = string(s)
	}
	for _, s := range append(allScreens[1:9:9], allScreens[10:]...) {
		want[string(s)+"/language"] = string(s)
	}
	for _, s := range []page.Screen{page.ChooseAmount, page.EnterAmount, page.InsertCard, page.ChooseCard, page.EnterPIN} {
		want[string(s)+"/more-time"] = string(s)
	}
	for _, s := range []page.Screen{page.InsertCard, page.ChooseCard, page.EnterPIN} {
		want[string(s)+"/cancel"], want[string(s)+"/back"] = "processing finish", "processing finish"
	}
	want["choose-amount/back"], want["choose-amount/cancel"], want["choose-amount/other-amount"] = "choose-tender", "idle end", "enter-amount"
	want["enter-amount/back"], want["enter-amount/cancel"] = "choose-amount", "idle end"
	for _, screen := range allScreens {
		for name, args := range intents {
			s := State{Rev: 7, Screen: screen, Lang: receipt.Chinese, Deadline: t0.Add(time.Minute), Tender: profile.BankCard, Quote: paybill.Quote{Limit: 500_00}}
			next, effects, err := Touched(s, page.Intent{Rev: 7, Name: name, Args: args}, quick(), t0)
			got := string(next.Screen)
			for _, e := range effects {
				got += " " + string(e)
			}
			w, ok := want[string(screen)+"/"+name]
			if !ok {
				var refused *page.Refused
				if !errors.As(err, &refused) || refused.Stale || next.Rev != 7 {
					t.Errorf("%s/%s: got %q, %v, want a refusal", screen, name, got, err)
				}
				continue
			}
			if err != nil || got != w || next.Rev == 7 {
				t.Errorf("%s/%s: got %q rev %d, %v; want %q", screen, name, got, next.Rev, err, w)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	all := standings(t)
	stopped := func(s condition.Stops) Machine { m := quick(); m.Stopped = s; return m }
	with := func(name string) Machine { m := quick(); m.Standing = all[name]; return m }
	moving := with("enough")
	moving.Face.Busy = true
	touch := func(name string, args ...string) page.Intent {
		i := page.Intent{Rev: 7, Name: name, Args: map[string]string{}}
		for k := 0; k+1 < len(args); k += 2 {
			i.Args[args[k]] = args[k+1]
		}
		return i
	}
	for name, c := range map[string]struct {
		screen  page.Screen
		intent  page.Intent
		machine Machine
		code    string
	}{
		"stale":                 {page.Idle, page.Intent{Rev: 6, Name: "start"}, quick(), "stale"},
		"no cash":               {page.ChooseService, touch("pay-bill"), stopped(condition.Cash), "no-cash"},
		"no paper":              {page.ChooseService, touch("pay-bill"), stopped(condition.Slip), "no-cash"},
		"not built":             {page.ChooseService, touch("buy-power"), quick(), "not-here"},
		"short account":         {page.EnterAccount, touch("account", "number", "12"), quick(), "bad-account"},
		"other tender":          {page.ChooseTender, touch("tender", "kind", "qr"), quick(), "bad-tender"},
		"no tender":             {page.ChooseTender, touch("tender"), quick(), "bad-tender"},
		"cash just went":        {page.ChooseTender, touch("tender", "kind", "cash"), stopped(condition.Cash), "no-cash"},
		"below the minimum":     {page.InsertCash, touch("finish-cash"), with("short"), "below-minimum"},
		"a note is on its way":  {page.InsertCash, touch("finish-cash"), moving, "note-moving"},
		"nothing to stop":       {page.InsertCash, touch("stop-cash"), with("enough"), "not-offered"},
		"cancel with cash":      {page.InsertCash, touch("cancel"), with("enough"), "notes-inside"},
		"back with a note":      {page.InsertCash, touch("back"), with("pending"), "notes-inside"},
		"print what":            {page.Done, touch("print"), with("posted"), "bad-argument"},
		"language":              {page.Idle, touch("language", "lang", "fr"), quick(), "bad-language"},
		"nothing on processing": {page.Processing, touch("cancel"), quick(), "not-offered"},
		"more time when idle":   {page.Idle, touch("more-time"), quick(), "not-offered"},
	} {
		s := State{Rev: 7, Screen: c.screen, Lang: receipt.Chinese}
		next, effects, err := Touched(s, c.intent, c.machine, t0)
		var refused *page.Refused
		if !errors.As(err, &refused) || refused.Code != c.code || len(effects) != 0 || next != s {
			t.Errorf("%s: %v, %v", name, err, effects)
		}
	}
}

// TestWhatIsOfferedIsWhatIsTaken touches every button of every page in every state
// of the machine, and every service with every tender: an enabled one moves, a grey
// one is refused, and neither is unknown.
func TestWhatIsOfferedIsWhatIsTaken(t *testing.T) {
	samples := map[string]map[string]string{
		"amount": {"number": "100"}, "account": {"number": "1000000001"}, "staff-login": {"number": "4711", "pin": "270915", "code": "31415926"},
		"reprint-login": {"number": "21", "pin": "270915"}, "reprint-find": {"number": "4183"},
	}
	taken := map[string]int{}
	for name, standing := range standings(t) {
		for _, stops := range []condition.Stops{condition.Nothing, condition.Cash, condition.Slip, condition.All} {
			for _, moving := range []bool{false, true} {
				m := ready(good())
				m.Standing, m.Stopped, m.Face.Busy, m.Slips = standing, stops, moving, shelf()
				for _, screen := range slices.Concat(allScreens, staffScreens, reprintScreens) {
					for _, asking := range []bool{false, true} {
						s := at(screen)
						s.Asking = asking
						for _, a := range Draw(s, m).Actions {
							i := page.Intent{Rev: 7, Name: a.Name, Args: a.Args}
							if i.Args == nil {
								i.Args = samples[a.Name]
							}
							next, _, err := Touched(s, i, m, t0)
							var refused *page.Refused
							if a.Enabled && (err != nil || next.Rev == 7) || !a.Enabled && (!errors.As(err, &refused) || refused.Code == "not-offered" || refused.Code == "bad-argument") {
								t.Errorf("%s with %s, %s enabled %v: %v", screen, name, a.Name, a.Enabled, err)
							}
							taken[a.Name]++
						}
					}
				}
			}
		}
	}
	for _, name := range []string{"start", "pay-bill", "buy-power", "query", "account", "confirm", "tender", "finish-cash", "stop-cash", "cancel", "back", "print", "finish", "more-time", "language", "staff", "staff-login", "staff-install", "staff-leave", "reprint-login", "reprint-choose", "reprint-older", "reprint-newer", "reprint-all", "reprint-number", "reprint-find"} {
		if taken[name] == 0 {
			t.Errorf("%s is offered nowhere", name)
		}
	}
}

// TestEveryCellBeginsAtItsTender: what the profile has leads to a page, and what it
// has not is shown and refused.
func TestEveryCellBeginsAtItsTender(t *testing.T) {
	p := profile.Lobby()
	rooms := map[profile.Service]page.Screen{profile.PayBill: page.EnterAccount}
	doors := map[profile.Tender]page.Screen{profile.Cash: page.InsertCash}
	for _, service := range p.Services {
		for _, tender := range p.Tenders {
			s := at(page.ChooseService)
			next, _, err := Touched(s, page.Intent{Rev: 7, Name: string(service)}, quick(), t0)
			if built := rooms[service] != ""; built != (err == nil) || built && next.Screen != rooms[service] {
				t.Errorf("%s leads to %s, %v", service, next.Screen, err)
			}
			s = at(page.ChooseTender)
			next, _, err = Touched(s, page.Intent{Rev: 7, Name: "tender", Args: map[string]string{"kind": string(tender)}}, quick(), t0)
			if has := p.Has(profile.PayBill, tender); has != (err == nil) || has && next.Screen != doors[tender] {
				t.Errorf("%s leads to %s, %v", tender, next.Screen, err)
			}
		}
	}
}

// TestTheLanguageEndsWithTheVisit, and on an idle screen that nobody goes on with.
func TestTheLanguageEndsWithTheVisit(t *testing.T) {
	english := func(s State) State {
		s, _, err := Touched(s, page.Intent{Rev: s.Rev, Name: "language", Args: map[string]string{"lang": "en"}}, quick(), t0)
		if err != nil || s.Lang != receipt.English {
			t.Fatalf("%v, %s", err, s.Lang)
		}
		return s
	}
	s := english(New(receipt.Chinese, Waits{}))
	begun, _, err := Touched(s, page.Intent{Rev: s.Rev, Name: "start"}, quick(), t0)
	if err != nil || begun.Lang != receipt.English || Draw(begun, quick()).Deadline == nil {
		t.Errorf("begun in %s, %v", begun.Lang, err)
	}
	if over := ToIdle(begun, t0); over.Lang != receipt.Chinese {
		t.Errorf("the next customer is greeted in %s", over.Lang)
	}
	if Draw(s, quick()).Deadline != nil {
		t.Error("an idle screen counts down")
	}
	if kept, _ := Tick(s, t0.Add(LanguageKept-time.Second)); kept.Lang != receipt.English {
		t.Error("the language went at once")
	}
	if back, effects := Tick(s, t0.Add(LanguageKept)); back.Lang != receipt.Chinese || len(effects) != 0 || !back.Deadline.IsZero() {
		t.Errorf("nobody went on: %s, %v", back.Lang, effects)
	}
	closed := english(State{Rev: 1, Screen: page.OutOfService, Lang: receipt.Chinese, Home: receipt.Chinese})
	if back, _ := Tick(closed, t0.Add(LanguageKept)); back.Lang != receipt.Chinese || back.Screen != page.OutOfService {
		t.Errorf("closed: %s on %s", back.Lang, back.Screen)
	}
}

// TestAResultStaysByItsWeight: light ones count down, heavy ones are asked about
// first, and show no time before.
func TestAResultStaysByItsWeight(t *testing.T) {
	light := Result(at(page.Processing), true, paybill.Weight{For: 20 * time.Second}, t0)
	if d := Draw(light, quick()).Deadline; d == nil || !d.Equal(t0.Add(20*time.Second)) {
		t.Errorf("light: until %v", d)
	}
	if s, effects := Tick(light, t0.Add(20*time.Second)); s.Screen != page.Idle || fmt.Sprint(effects) != "[end]" {
		t.Errorf("light: %s, %v", s.Screen, effects)
	}

	w := paybill.Weight{For: 3 * time.Minute, Asks: true}
	heavy := Weigh(light, w, t0.Add(10*time.Second))
	if Draw(heavy, quick()).Deadline != nil || heavy.Rev == light.Rev {
		t.Error("heavy: a countdown")
	}
	if s, _ := Tick(heavy, t0.Add(3*time.Minute)); s.Asking {
		t.Error("asked early")
	}
	asked, effects := Tick(heavy, t0.Add(3*time.Minute+10*time.Second))
	if d := Draw(asked, quick()).Deadline; !asked.Asking || len(effects) != 0 || d == nil || !d.Equal(t0.Add(3*time.Minute+40*time.Second)) {
		t.Errorf("asked %v, until %v", asked.Asking, d)
	}
	if s, _ := Tick(asked, t0.Add(3*time.Minute+40*time.Second)); s.Screen != page.Idle {
		t.Errorf("unanswered: %s", s.Screen)
	}
	more, _, err := Touched(asked, page.Intent{Rev: asked.Rev, Name: "more-time"}, quick(), t0.Add(4*time.Minute))
	if err != nil || more.Asking || !more.Deadline.Equal(t0.Add(7*time.Minute)) {
		t.Errorf("answered: %v, until %v", err, more.Deadline)
	}
}

func TestTheClockAsksFirst(t *testing.T) {
	for screen, want := range map[page.Screen]string{
		page.ChooseService: "idle end", page.EnterAccount: "idle end", page.ConfirmAccount: "idle end", page.ChooseTender: "idle end", page.InsertCash: "processing time-out",
	} {
		s := State{Rev: 1, Screen: screen, Deadline: t0}
		s, effects := Tick(s, t0)
		if !s.Asking || s.Screen != screen || len(effects) != 0 || !s.Deadline.Equal(t0.Add(AskFor)) {
			t.Errorf("%s did not ask: %+v", screen, s)
		}
		if s, _ := Tick(s, t0.Add(AskFor-time.Second)); s.Screen != screen {
			t.Errorf("%s acted early", screen)
		}
		s, effects = Tick(s, t0.Add(AskFor))
		if got := string(s.Screen) + " " + string(effects[0]); got != want {
			t.Errorf("%s: %s, want %s", screen, got, want)
		}
	}
	waits := Waits{Idle: 5 * time.Second, Cash: 7 * time.Second}
	for screen, want := range map[page.Screen]time.Duration{page.EnterAccount: 5 * time.Second, page.InsertCash: 7 * time.Second} {
		if s := New(receipt.Chinese, waits).show(screen, t0); !s.Deadline.Equal(t0.Add(want)) {
			t.Errorf("%s waits until %v", screen, s.Deadline)
		}
	}
	for _, screen := range []page.Screen{page.Idle, page.OutOfService, page.Processing} {
		if s := (State{}).show(screen, t0); !s.Deadline.IsZero() {
			t.Errorf("%s has a deadline", screen)
		}
	}
}

var keyShown = regexp.MustCompile(`\b(title|action|hint|notice|note|result|next|slip|refused|tender|metercard|cardkind|price|limits|estimate|why|todo|write|takecard|meter-error)\.[a-z0-9]|%!`)

// TestEveryScreenIsInBothLanguages finds text that shows its key.
func TestEveryScreenIsInBothLanguages(t *testing.T) {
	var codes []condition.Code
	for _, r := range condition.Rows() {
		codes = append(codes, r.Code)
	}
	for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		for _, screen := range allScreens {
			for name, standing := range standings(t) {
				for _, slip := range []paybill.Slip{paybill.SlipNone, paybill.SlipPrinting, paybill.SlipPrinted, paybill.SlipFailed} {
					s := State{Screen: screen, Lang: lang, Asking: true, Waiting: true, Notice: "no-account", Deadline: t0}
					m := quick()
					m.Standing, m.Blocks, m.Face.Refused = standing, codes, "limit"
					m.Standing.Slip = slip
					v := Draw(s, m)
					shown := fmt.Sprintf("%+v %s", v.Fields, v.Title)
					for _, a := range v.Actions {
						shown += " " + a.Label + " " + a.Note
					}
					if key := keyShown.FindString(shown); key != "" {
						t.Errorf("%s in %s with %s shows the key %q: %s", screen, lang, name, key, shown)
					}
				}
			}
		}
	}
}

// TestTheStationLeads from the slot to the gate, only where somebody pays, and never
// against the result.
func TestTheStationLeads(t *testing.T) {
	steps := map[string]page.Screen{
		"insert-card": page.InsertCard, "reading": page.InsertCard, "choose-application": page.ChooseCard, "pin": page.EnterPIN, "working": page.Processing,
		"processing": page.Processing, "ending": page.Processing, "take-card": page.TakeCard, "card-forgotten": page.TakeCard, "card-kept": page.TakeCard,
	}
	paying := []page.Screen{page.InsertCard, page.ChooseCard, page.EnterPIN, page.TakeCard, page.Processing}
	for _, from := range allScreens {
		for step, to := range steps {
			s := State{Rev: 7, Screen: from, Deadline: t0}
			got := Follow(s, profile.BankCard, step, t0)
			want := from
			if slices.Contains(paying, from) || from == page.InsertCash {
				want = to
			}
			if got.Screen != want || (got.Rev == 7) != (want == from) {
				t.Errorf("%s at %q: %s, revision %d", from, step, got.Screen, got.Rev)
			}
			if other := Follow(s, profile.Cash, step, t0); other != s {
				t.Errorf("notes lead to %s", other.Screen)
			}
		}
		if s := (State{Screen: from}); Follow(s, profile.BankCard, "", t0) != s {
			t.Errorf("%s moves without a step", from)
		}
	}
	for _, s := range []page.Screen{page.TakeCard, page.Processing} {
		if got := (State{}).show(s, t0); !got.Deadline.IsZero() {
			t.Errorf("%s has a deadline", s)
		}
	}
}
