package metercard

import (
	"bytes"
	"crypto/ed25519"
	"time"

	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// hostile are scripts that must not be carried out, by what is wrong with them.
func hostile() map[string]func(*office) {
	spoiled := func(spoil func(*script.Script)) func(*office) { return func(o *office) { o.spoil = spoil } }
	step := func(s script.Step) func(*office) {
		return spoiled(func(sc *script.Script) { sc.Steps = append(sc.Steps, s) })
	}
	apdu := func(b ...byte) script.Step {
		return script.Step{Op: script.APDU, Data: b, Changes: b[1] == 0xD6 || b[1] == 0x82}
	}
	many := make([]script.Step, script.MaxSteps+1)
	for i := range many {
		many[i] = apdu(0x00, 0x84, 0x00, 0x00, 0x08)
	}

	return map[string]func(*office){
		"another transaction":       spoiled(func(s *script.Script) { s.Txn = "10000001000000000006" }),
		"another card":              spoiled(func(s *script.Script) { s.Card = "0102030405060709" }),
		"another session":           spoiled(func(s *script.Script) { s.Session = "00112233445566778899aabbccddeeff" }),
		"a later round":             spoiled(func(s *script.Script) { s.Round++ }),
		"expired":                   spoiled(func(s *script.Script) { s.Expires = noon.Add(-script.MaxSkew).UnixMilli() }),
		"good for a day":            spoiled(func(s *script.Script) { s.Expires += (24 * time.Hour).Milliseconds() }),
		"another version":           spoiled(func(s *script.Script) { s.V = 2 }),
		"too many steps":            spoiled(func(s *script.Script) { s.Steps = many }),
		"no step, and not the last": spoiled(func(s *script.Script) { s.Steps = nil }),
		"the serial is overwritten": step(apdu(0x00, 0xD6, 0x99, 0x01, 0x01, 0x00)),
		"half of the purse":         step(apdu(0x00, 0xD6, 0x82, 0x00, 0x04, 0, 0, 0, 1)),
		"a purse that is not marked": step(script.Step{
			Op: script.APDU, Data: append(script.Bytes{0x00, 0xD6, 0x82, 0x00, 0x08}, make([]byte, 8)...), Changes: true,
		}),
		"a write that is not marked": step(script.Step{Op: script.APDU, Data: script.Bytes{0x00, 0xD6, 0x81, 0x00, 0x01, 0x00}}),
		"another instruction":        step(apdu(0x80, 0xE4, 0x00, 0x00)),
		"a memory card's command":    step(script.Step{Op: script.Write, Data: script.Bytes{1}, Address: 64, Changes: true}),
		"an expectation that is none": step(script.Step{
			Op: script.APDU, Data: script.Bytes{0x00, 0x84, 0x00, 0x00, 0x08}, Expect: "ABCD",
		}),
		"another key": func(o *office) {
			o.forge = func(s *wire.Signed) { s.Sig = ed25519.Sign(keyOf(2), s.Body) }
		},
		"a changed body":     func(o *office) { o.forge = func(s *wire.Signed) { s.Body = bytes.ToUpper(s.Body) } },
		"no signature":       func(o *office) { o.forge = func(s *wire.Signed) { s.Sig = nil } },
		"nothing":            func(o *office) { o.answer = func(int) *wire.Reply { return &wire.Reply{Body: []byte(`{}`)} } },
		"not even an answer": func(o *office) { o.answer = func(int) *wire.Reply { return &wire.Reply{Body: []byte(`[`)} } },
	}
}

// whyHostile is why one of them is refused: by this machine's time, or for what it is.
func whyHostile(name string) string {
	if name == "expired" || name == "good for a day" {
		return "clock"
	}

	return "script"
}

// refusal is an answer without steps.
type refusal struct {
	answer func(*rig) func(int) *wire.Reply
	why    string
}

func refusals() map[string]refusal {
	reason := func(r mis.Reason) func(*rig) func(int) *wire.Reply {
		return func(k *rig) func(int) *wire.Reply {
			return func(int) *wire.Reply { return k.reply(wire.CardSteps{Reason: r}) }
		}
	}
	fails := func(code string) func(*rig) func(int) *wire.Reply {
		return func(*rig) func(int) *wire.Reply {
			return func(int) *wire.Reply { return &wire.Reply{Error: &wire.Error{Code: code}} }
		}
	}

	return map[string]refusal{
		"old card":             {reason(mis.OldCard), "old-card"},
		"count differs":        {reason(mis.CountDiffers), "count-differs"},
		"a reason of tomorrow": {reason("of-tomorrow"), "refused"},
		"bad request":          {fails(wire.ErrCodeBadRequest), "refused"},
		"conflict":             {fails(wire.ErrCodeConflict), "refused"},
	}
}
