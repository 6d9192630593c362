package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var allScreens = []Screen{Idle, ChooseService, EnterAccount, ConfirmAccount, ChooseTender, InsertCash, Processing, Done, Failed, OutOfService}

// TestTouches is every touch on every screen: the next screen and what is asked
// of the kiosk, or a refusal where there is no entry.
func TestTouches(t *testing.T) {
	intents := map[string]map[string]string{
		"start": nil, "pay-bill": nil, "account": {"number": "1000000001"}, "confirm": nil, "back": nil, "cancel": nil,
		"tender": {"kind": "cash"}, "finish-cash": nil, "print": {"yes": "true"}, "finish": nil, "more-time": nil, "language": {"lang": "en"}, "nonsense": nil,
	}
	want := map[string]string{
		"idle/start": "choose-service", "idle/pay-bill": "enter-account", "idle/language": "idle", "out-of-service/language": "out-of-service",
		"choose-service/pay-bill": "enter-account", "choose-service/back": "idle end", "choose-service/cancel": "idle end",
		"enter-account/account": "enter-account verify", "enter-account/back": "choose-service end", "enter-account/cancel": "idle end",
		"confirm-account/confirm": "choose-tender", "confirm-account/back": "enter-account", "confirm-account/cancel": "idle end",
		"choose-tender/tender": "insert-cash open-cash", "choose-tender/back": "confirm-account", "choose-tender/cancel": "idle end",
		"insert-cash/finish-cash": "processing finish-cash", "insert-cash/cancel": "processing finish-cash", "insert-cash/back": "processing finish-cash",
		"done/print": "done", "done/finish": "idle end", "done/back": "idle end", "done/cancel": "idle end",
		"failed/print": "failed", "failed/finish": "idle end", "failed/back": "idle end", "failed/cancel": "idle end",
		"insert-cash/more-time": "insert-cash", "processing/language": "processing",
	}
	for _, s := range []Screen{ChooseService, EnterAccount, ConfirmAccount, ChooseTender, Done, Failed} {
		want[string(s)+"/more-time"] = string(s)
	}
	for _, s := range allScreens[1:9] {
		want[string(s)+"/language"] = string(s)
	}
	for _, screen := range allScreens {
		for name, args := range intents {
			s := State{Rev: 7, Screen: screen, Lang: receipt.Chinese, Deadline: t0.Add(time.Minute)}
			next, effects, err := Touched(s, Intent{Rev: 7, Name: name, Args: args}, Env{CanPay: true}, t0)
			got := string(next.Screen)
			for _, e := range effects {
				got += " " + string(e)
			}
			w, ok := want[string(screen)+"/"+name]
			if !ok {
				var refused *Refused
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
	for name, c := range map[string]struct {
		screen Screen
		intent Intent
		env    Env
		code   string
	}{
		"stale":                 {Idle, Intent{Rev: 6, Name: "start"}, Env{}, "stale"},
		"no cash":               {ChooseService, Intent{Rev: 7, Name: "pay-bill"}, Env{}, "no-cash"},
		"short account":         {EnterAccount, Intent{Rev: 7, Name: "account", Args: map[string]string{"number": "12"}}, Env{}, "bad-account"},
		"other tender":          {ChooseTender, Intent{Rev: 7, Name: "tender", Args: map[string]string{"kind": "qr"}}, Env{CanPay: true}, "bad-tender"},
		"cash just went":        {ChooseTender, Intent{Rev: 7, Name: "tender", Args: map[string]string{"kind": "cash"}}, Env{}, "no-cash"},
		"below the minimum":     {InsertCash, Intent{Rev: 7, Name: "finish-cash"}, Env{HasCash: true}, "below-minimum"},
		"cancel with cash":      {InsertCash, Intent{Rev: 7, Name: "cancel"}, Env{HasCash: true, CanClose: true}, "notes-inside"},
		"print what":            {Done, Intent{Rev: 7, Name: "print"}, Env{}, "bad-argument"},
		"language":              {Idle, Intent{Rev: 7, Name: "language", Args: map[string]string{"lang": "fr"}}, Env{}, "bad-language"},
		"nothing on processing": {Processing, Intent{Rev: 7, Name: "cancel"}, Env{}, "not-offered"},
	} {
		s := State{Rev: 7, Screen: c.screen, Lang: receipt.Chinese}
		next, effects, err := Touched(s, c.intent, c.env, t0)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Code != c.code || len(effects) != 0 || next != s {
			t.Errorf("%s: %v, %v", name, err, effects)
		}
	}
}

func TestTheClockAsksFirst(t *testing.T) {
	for screen, want := range map[Screen]string{
		ChooseService: "idle end", EnterAccount: "idle end", ConfirmAccount: "idle end", ChooseTender: "idle end", InsertCash: "processing finish-cash",
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
	waits := Waits{Idle: 5 * time.Second, Cash: 7 * time.Second, Result: 9 * time.Second}
	for screen, want := range map[Screen]time.Duration{EnterAccount: 5 * time.Second, InsertCash: 7 * time.Second, Done: 9 * time.Second, Failed: 9 * time.Second} {
		if s := New(receipt.Chinese, waits).show(screen, t0); !s.Deadline.Equal(t0.Add(want)) {
			t.Errorf("%s waits until %v", screen, s.Deadline)
		}
	}
	for _, screen := range []Screen{Idle, OutOfService, Processing} {
		if s := (State{}).show(screen, t0); !s.Deadline.IsZero() {
			t.Errorf("%s has a deadline", screen)
		}
	}
}

// TestEveryScreenIsInBothLanguages finds text that shows its key.
func TestEveryScreenIsInBothLanguages(t *testing.T) {
	txn := payments.Transaction{
		Serial: "x",
		Cash:   cash.Leg{Limit: 1000, Total: 100, Closed: true, Notes: []cash.Note{{Value: 5, State: cash.StateUnresolved}}},
		Post:   post.Leg{State: post.Posted, Amount: 100},
	}
	for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		for _, screen := range allScreens {
			s := State{Screen: screen, Lang: lang, Asking: true, Waiting: true, Notice: "no-account", Deadline: t0}
			v := Draw(s, Machine{Txn: txn, Slip: SlipFailed, LastRefused: "limit", Blocks: []string{"paper", "door", "journal", "offline", "cassette", "validator", "printer", "starting"}, Env: Env{SlipDue: true}})
			texts := []string{v.Title}
			for _, a := range v.Actions {
				texts = append(texts, a.Label)
			}
			for _, f := range v.Fields {
				switch f := f.(type) {
				case string:
					texts = append(texts, f)
				case []string:
					if screen == OutOfService {
						continue
					}
					texts = append(texts, f...)
				}
			}
			for _, text := range texts {
				for _, prefix := range []string{"title.", "action.", "hint.", "notice.", "result.", "next.", "slip.", "block.", "refused.", "tender."} {
					if strings.HasPrefix(text, prefix) {
						t.Errorf("%s in %s shows the key %q", screen, lang, text)
					}
				}
			}
		}
	}
	for key, text := range texts {
		if text[0] == "" || text[1] == "" {
			t.Errorf("%q lacks a language", key)
		}
	}
}
