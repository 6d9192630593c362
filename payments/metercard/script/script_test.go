package script_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
)

const (
	txn     = "00000042010000000007"
	chip    = "0102030405060708"
	session = "00112233445566778899aabbccddeeff"
)

var now = time.UnixMilli(1_700_000_000_000)

func unhex(tb testing.TB, s string) script.Bytes {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}

	return b
}

// apdu is a step that reads.
func apdu(tb testing.TB, s string) script.Step {
	tb.Helper()

	return script.Step{Op: script.APDU, Data: unhex(tb, s)}
}

// change is a step that changes the card.
func change(tb testing.TB, s string) script.Step {
	tb.Helper()
	step := apdu(tb, s)
	step.Changes = true

	return step
}

func purse(tb testing.TB) script.Step {
	tb.Helper()
	s := change(tb, "04D682000C 0000271000000005 A1A2A3A4")
	s.Purse = true

	return s
}

func round(steps ...script.Step) script.Script {
	return script.Script{
		V: script.Version, Txn: txn, Card: chip, Session: session,
		Expires: now.Add(30 * time.Second).UnixMilli(), Steps: steps,
	}
}

func TestCheck(t *testing.T) {
	memory := script.Step{Op: script.Write, Data: script.Bytes{1}, Address: 40, Changes: true}
	ends := func(steps ...script.Step) func(*script.Script) {
		return func(s *script.Script) { s.Steps, s.Last = steps, true }
	}
	for name, c := range map[string]struct {
		with func(*script.Script)
		ok   bool
	}{
		"as it is":                 {func(*script.Script) {}, true},
		"another version":          {func(s *script.Script) { s.V = 2 }, false},
		"no transaction":           {func(s *script.Script) { s.Txn = "" }, false},
		"letters in transaction":   {func(s *script.Script) { s.Txn = "12a" }, false},
		"card in small letters":    {func(s *script.Script) { s.Card = "ab" }, false},
		"no card":                  {func(s *script.Script) { s.Card = "" }, false},
		"short session":            {func(s *script.Script) { s.Session = "00" }, false},
		"round below 0":            {func(s *script.Script) { s.Round = -1 }, false},
		"round 15":                 {func(s *script.Script) { s.Round = 15 }, true},
		"round 16":                 {func(s *script.Script) { s.Round = 16 }, false},
		"never expires":            {func(s *script.Script) { s.Expires = 0 }, false},
		"no steps":                 {func(s *script.Script) { s.Steps = nil }, false},
		"no steps, last":           {func(s *script.Script) { s.Steps, s.Last = nil, true }, true},
		"32 steps":                 {func(s *script.Script) { s.Steps = many(apdu(t, "0084000008"), 32) }, true},
		"33 steps":                 {func(s *script.Script) { s.Steps = many(apdu(t, "0084000008"), 33) }, false},
		"no op":                    {func(s *script.Script) { s.Steps[0].Op = "" }, false},
		"apdu of 3 bytes":          {func(s *script.Script) { s.Steps[0].Data = unhex(t, "00B099") }, false},
		"apdu, wrong length":       {func(s *script.Script) { s.Steps[0].Data = unhex(t, "00A4000003DF01") }, false},
		"apdu, extended length":    {func(s *script.Script) { s.Steps[0].Data = unhex(t, "00B00000000100") }, false},
		"apdu with address":        {func(s *script.Script) { s.Steps[0].Address = 1 }, false},
		"expect mask":              {func(s *script.Script) { s.Steps[0].Expect = "61xx" }, true},
		"expect anything":          {func(s *script.Script) { s.Steps[0].Expect = "xxxx" }, false},
		"expect three":             {func(s *script.Script) { s.Steps[0].Expect = "900" }, false},
		"expect no status":         {func(s *script.Script) { s.Steps[0].Expect = "0000" }, false},
		"save":                     {func(s *script.Script) { s.Steps[0].Save = "card.random-1" }, true},
		"save in capitals":         {func(s *script.Script) { s.Steps[0].Save = "Random" }, false},
		"save, long name":          {func(s *script.Script) { s.Steps[0].Save = strings.Repeat("a", 25) }, false},
		"save twice":               {func(s *script.Script) { s.Steps[0].Save = "a"; s.Steps = many(s.Steps[0], 2) }, false},
		"17 saved":                 {func(s *script.Script) { s.Steps = saving(t, 17) }, false},
		"16 saved":                 {func(s *script.Script) { s.Steps = saving(t, 16) }, true},
		"update unmarked":          {func(s *script.Script) { s.Steps[0] = apdu(t, "04D682000C00002710000000050A0B0C0D") }, false},
		"authentication unmarked":  {func(s *script.Script) { s.Steps[0] = apdu(t, "0082000208 0102030405060708") }, false},
		"authentication":           {func(s *script.Script) { s.Steps[0] = change(t, "0082000208 0102030405060708") }, true},
		"purse last":               {ends(change(t, "0082000208 0102030405060708"), purse(t)), true},
		"purse, then a read":       {ends(purse(t), apdu(t, "00B0820008")), true},
		"purse first":              {ends(purse(t), change(t, "04D6850005 00 A1A2A3A4")), false},
		"purse twice":              {ends(purse(t), purse(t)), false},
		"purse, a round to follow": {func(s *script.Script) { s.Steps = []script.Step{purse(t)} }, false},
		"purse that changes none":  {func(s *script.Script) { s.Steps[0].Purse = true }, false},
		"change expects another":   {func(s *script.Script) { s.Steps[0], s.Last = purse(t), true; s.Steps[0].Expect = "63Cx" }, false},
		"change expects 9000":      {func(s *script.Script) { s.Steps[0], s.Last = purse(t), true; s.Steps[0].Expect = "9000" }, true},
		"memory write":             {func(s *script.Script) { s.Steps[0] = memory }, true},
		"memory write unmarked":    {func(s *script.Script) { s.Steps[0] = memory; s.Steps[0].Changes = false }, false},
		"memory write of nothing":  {func(s *script.Script) { s.Steps[0] = memory; s.Steps[0].Data = nil }, false},
		"memory write that saves":  {func(s *script.Script) { s.Steps[0] = memory; s.Steps[0].Save = "a" }, false},
		"third area":               {func(s *script.Script) { s.Steps[0] = memory; s.Steps[0].Area = 2 }, false},
		"address below 0":          {func(s *script.Script) { s.Steps[0] = memory; s.Steps[0].Address = -1 }, false},
		"memory read of 257":       {func(s *script.Script) { s.Steps[0] = script.Step{Op: script.Read, Length: 257} }, false},
		"memory read":              {func(s *script.Script) { s.Steps[0] = script.Step{Op: script.Read, Length: 256, Save: "image"} }, true},
		"code":                     {func(s *script.Script) { s.Steps[0] = verify(1, 2, 3) }, true},
		"code unmarked":            {func(s *script.Script) { s.Steps[0] = verify(1, 2, 3); s.Steps[0].Changes = false }, false},
		"code of 9 bytes":          {func(s *script.Script) { s.Steps[0] = verify(1, 2, 3, 4, 5, 6, 7, 8, 9) }, false},
		"a code marked as a purse": {func(s *script.Script) { s.Steps[0] = verify(1, 2, 3); s.Steps[0].Purse = true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := round(apdu(t, "00B0990108"))
			c.with(&s)
			if err := s.Check(); (err == nil) != c.ok || err != nil && !errors.Is(err, script.ErrScript) {
				t.Errorf("Check: %v, want ok %t", err, c.ok)
			}
		})
	}
}

func many(s script.Step, n int) (steps []script.Step) {
	for range n {
		steps = append(steps, s)
	}

	return steps
}

func saving(t *testing.T, n int) []script.Step {
	steps := many(apdu(t, "0084000008"), n)
	for i := range steps {
		steps[i].Save = fmt.Sprintf("answer-%d", i)
	}

	return steps
}

func verify(code ...byte) script.Step {
	return script.Step{Op: script.Verify, Data: code, Changes: true}
}

func TestCheckSaved(t *testing.T) {
	saved := map[string]script.Bytes{"random": {1, 2}}
	if err := script.CheckSaved(saved); err != nil {
		t.Error(err)
	}
	for _, wrong := range []map[string]script.Bytes{{"": {1}}, {"A": {1}}, {"a": make(script.Bytes, 262)}} {
		if err := script.CheckSaved(wrong); !errors.Is(err, script.ErrScript) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

func TestBound(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*script.Script)
		want error
	}{
		"as it is":             {func(*script.Script) {}, nil},
		"another transaction":  {func(s *script.Script) { s.Txn = "00000042010000000008" }, script.ErrOtherTxn},
		"another card":         {func(s *script.Script) { s.Card = "0102030405060709" }, script.ErrOtherCard},
		"another session":      {func(s *script.Script) { s.Session = strings.Repeat("0", 32) }, script.ErrOtherSession},
		"a round again":        {func(s *script.Script) { s.Round = 1 }, script.ErrReplayed},
		"a round too far":      {func(s *script.Script) { s.Round = 3 }, script.ErrOtherRound},
		"expired":              {func(s *script.Script) { s.Expires = now.UnixMilli() - 300_000 }, script.ErrExpired},
		"a clock that is fast": {func(s *script.Script) { s.Expires = now.UnixMilli() - 299_999 }, nil},
		"a clock that is slow": {func(s *script.Script) { s.Expires = now.UnixMilli() + 360_000 }, nil},
		"valid for too long":   {func(s *script.Script) { s.Expires = now.UnixMilli() + 360_001 }, script.ErrTooLong},
		"valid for ever":       {func(s *script.Script) { s.Expires = 1<<63 - 1 }, script.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			s := round(apdu(t, "00B0990108"))
			s.Round = 2
			c.with(&s)
			b := script.Bound{Txn: txn, Card: chip, Session: session, Round: 2, Now: now}
			if err := b.Check(s); !errors.Is(err, c.want) {
				t.Errorf("Check: %v, want %v", err, c.want)
			}

			run := script.NewRun(script.Purchase(metercard.CPU))
			if err := run.Open(b, s); !errors.Is(err, c.want) {
				t.Errorf("Open: %v, want %v", err, c.want)
			}
			if _, due := run.Next(); due != (c.want == nil) {
				t.Errorf("a step is due: %t", due)
			}
		})
	}
}

// TestGrant: what scripts may touch, and the words for what they may not.
func TestGrant(t *testing.T) {
	cpu, memory, zones := metercard.CPU, metercard.SLE4442, metercard.AT88SC102
	df := apdu(t, "00A4000002DF01")
	for name, c := range map[string]struct {
		form  metercard.Form
		steps []script.Step
		want  string // "" is allowed
	}{
		"select MF":               {cpu, []script.Step{apdu(t, "00A40000023F00")}, ""},
		"select DF01 with Le":     {cpu, []script.Step{apdu(t, "00A4000002DF0100")}, ""},
		"select another DF":       {cpu, []script.Step{apdu(t, "00A4000002DF02")}, "step 0: selecting DF02 in MF"},
		"select by name":          {cpu, []script.Step{apdu(t, "00A4040007A0000003330101")}, "step 0: a selection of another form"},
		"select EF05 in MF":       {cpu, []script.Step{apdu(t, "00A40000020005")}, "step 0: selecting 0005 in MF"},
		"select EF05 in DF01":     {cpu, []script.Step{df, apdu(t, "00A4000002EF05")}, ""},
		"select EF06 in DF01":     {cpu, []script.Step{df, apdu(t, "00A40000020006")}, "step 1: selecting 0006 in DF01"},
		"select key file":         {cpu, []script.Step{apdu(t, "00A40000020000")}, "step 0: selecting 0000 in MF"},
		"read serial":             {cpu, []script.Step{apdu(t, "00B0990108")}, ""},
		"read serial in DF01":     {cpu, []script.Step{df, apdu(t, "00B0990108")}, "step 1: reading DF01/EF19"},
		"read purse":              {cpu, []script.Step{df, apdu(t, "00B0820008")}, ""},
		"read selected":           {cpu, []script.Step{df, apdu(t, "00A4000002EF05"), apdu(t, "00B0000031")}, ""},
		"read with none selected": {cpu, []script.Step{apdu(t, "00B0000008")}, "step 0: reading MF"},
		"read odd P1":             {cpu, []script.Step{df, apdu(t, "00B0C20008")}, "step 1: reading DF01/EF02"},
		"challenge":               {cpu, []script.Step{apdu(t, "0084000008"), apdu(t, "0084000004")}, ""},
		"all files of DF01": {cpu, []script.Step{
			df, apdu(t, "00B081002D"), apdu(t, "00B0820008"), apdu(t, "00B0830080"), apdu(t, "00B0840080"), apdu(t, "00B0850031"),
			change(t, "00D683FF03 000102"), change(t, "00D684FF03 000102"), change(t, "00D6812C01 00"), change(t, "00D6853001 00"),
		}, ""},
		"past the tariff":            {cpu, []script.Step{df, change(t, "00D684FF04 00010203")}, "step 1: writing 4 bytes at 255 of DF01/EF04"},
		"tariff in MF":               {cpu, []script.Step{apdu(t, "00B0840080")}, "step 0: reading MF/EF04"},
		"read with data":             {cpu, []script.Step{df, apdu(t, "00B082000100 08")}, "step 1: reading DF01/EF02"},
		"read without length":        {cpu, []script.Step{df, apdu(t, "00B08200")}, "step 1: reading DF01/EF02"},
		"update with Le":             {cpu, []script.Step{df, change(t, "00D6850001 00 00")}, "step 1: writing 1 bytes at 0 of DF01/EF05"},
		"update, odd P1":             {cpu, []script.Step{df, change(t, "00D6C50001 00")}, "step 1: writing 1 bytes at 0 of DF01/EF05"},
		"challenge, P1":              {cpu, []script.Step{apdu(t, "0084010008")}, "step 0: a challenge of another form"},
		"challenge, P2":              {cpu, []script.Step{apdu(t, "0084000108")}, "step 0: a challenge of another form"},
		"challenge, data":            {cpu, []script.Step{apdu(t, "00840000010008")}, "step 0: a challenge of another form"},
		"authentication, P1":         {cpu, []script.Step{apdu(t, "0088010108 0102030405060708")}, "step 0: an authentication of another form"},
		"select, P2":                 {cpu, []script.Step{apdu(t, "00A4000C023F00")}, "step 0: a selection of another form"},
		"select by path":             {cpu, []script.Step{apdu(t, "00A40000043F00DF01")}, "step 0: a selection of another form"},
		"a code that is a command":   {cpu, []script.Step{verify(0x00, 0xB0, 0x99, 0x01, 0x08)}, "step 0: a processor card takes only commands of its own"},
		"challenge of 16":            {cpu, []script.Step{apdu(t, "0084000010")}, "step 0: a challenge of another form"},
		"internal authentication":    {cpu, []script.Step{apdu(t, "0088000108 0102030405060708")}, ""},
		"internal auth. of 16":       {cpu, []script.Step{apdu(t, "0088000110 01020304050607080102030405060708")}, "step 0: an authentication of another form"},
		"external authentication":    {cpu, []script.Step{change(t, "0082000208 0102030405060708")}, ""},
		"purse":                      {cpu, []script.Step{df, purse(t)}, ""},
		"purse in MF":                {cpu, []script.Step{purse(t)}, "step 0: writing 8 bytes at 0 of MF/EF02"},
		"purse unmarked":             {cpu, []script.Step{df, change(t, "04D682000C 0000271000000005 A1A2A3A4")}, "step 1: writing DF01/EF02, marked as the purse: false"},
		"half a purse":               {cpu, []script.Step{df, mark(change(t, "04D6820408 00000005 A1A2A3A4"))}, "step 1: writing 4 bytes of the purse"},
		"another file as a purse":    {cpu, []script.Step{df, mark(change(t, "04D6850005 00 A1A2A3A4"))}, "step 1: writing DF01/EF05, marked as the purse: true"},
		"an authentication as purse": {cpu, []script.Step{df, mark(change(t, "0082000208 0102030405060708"))}, "step 1: a purse that is not the purse file"},
		"serial written":             {cpu, []script.Step{change(t, "04D699000C 0102030405060708 A1A2A3A4")}, "step 0: writing 8 bytes at 0 of MF/EF19"},
		"public file written":        {cpu, []script.Step{change(t, "00D6810001 00")}, ""},
		"past the end":               {cpu, []script.Step{df, change(t, "04D6853005 00 A1A2A3A4"), change(t, "04D6853105 00 A1A2A3A4")}, "step 2: writing 1 bytes at 49 of DF01/EF05"},
		"MAC only":                   {cpu, []script.Step{df, change(t, "04D6850004 A1A2A3A4")}, "step 1: writing 0 bytes at 0 of DF01/EF05"},
		// After a read by short identifier it is not certain any more what is selected.
		"purse in disguise":    {cpu, []script.Step{df, apdu(t, "00A40000020003"), apdu(t, "00B0820008"), change(t, "04D600000C 0000271000000005 A1A2A3A4")}, "step 3: writing 8 bytes at 0 of DF01"},
		"erase binary":         {cpu, []script.Step{apdu(t, "000E000000")}, "step 0: instruction 0e"},
		"write key":            {cpu, []script.Step{apdu(t, "80D4010005 0102030405")}, "step 0: class 80"},
		"secure read":          {cpu, []script.Step{apdu(t, "04B0850031")}, "step 0: class 04"},
		"get response":         {cpu, []script.Step{apdu(t, "00C0000008")}, "step 0: instruction c0"},
		"memory on processor":  {cpu, []script.Step{{Op: script.Read, Length: 4}}, "step 0: a processor card takes only commands of its own"},
		"code on processor":    {cpu, []script.Step{verify(1, 2, 3)}, "step 0: a processor card takes only commands of its own"},
		"apdu on memory":       {memory, []script.Step{apdu(t, "00B0990108")}, "step 0: a memory card takes no commands of processor cards"},
		"image":                {memory, []script.Step{{Op: script.Read, Length: 256}}, ""},
		"beyond":               {memory, []script.Step{{Op: script.Read, Address: 1, Length: 256}}, "step 0: reading 256 bytes at 1"},
		"protection read":      {memory, []script.Step{{Op: script.Read, Area: 1, Length: 4}}, "step 0: protection bits"},
		"protection burnt":     {memory, []script.Step{{Op: script.Write, Area: 1, Data: script.Bytes{0}, Changes: true}}, "step 0: protection bits"},
		"write":                {memory, []script.Step{verify(1, 2, 3), wr(32, 224)}, ""},
		"write chip header":    {memory, []script.Step{wr(31, 1)}, "step 0: writing 1 bytes at 31"},
		"write beyond":         {memory, []script.Step{wr(255, 2)}, "step 0: writing 2 bytes at 255"},
		"zones":                {zones, []script.Step{rd(0, 10), rd(22, 64), rd(92, 64), verify(1, 2), wr(22, 64)}, ""},
		"zones, zone 2":        {zones, []script.Step{wr(92, 2)}, "step 0: writing 2 bytes at 92"},
		"zones, code":          {zones, []script.Step{rd(10, 2)}, "step 0: reading 2 bytes at 10"},
		"zones, attempts":      {zones, []script.Step{wr(12, 2)}, "step 0: writing 2 bytes at 12"},
		"zones, erase key":     {zones, []script.Step{wr(85, 2)}, "step 0: writing 2 bytes at 85"},
		"zones, fuses":         {zones, []script.Step{wr(176, 1)}, "step 0: writing 1 bytes at 176"},
		"card of another form": {"sle4428", []script.Step{rd(0, 1)}, `step 0: cards of form "sle4428"`},
	} {
		t.Run(name, func(t *testing.T) {
			run := script.NewRun(script.Purchase(c.form))
			err := run.Take(c.steps, true)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}

				return
			}
			want := "script is not allowed to do this: " + c.want
			if err == nil || err.Error() != want || !errors.Is(err, script.ErrGrant) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if _, due := run.Next(); due || run.Touched() {
				t.Error("a step is due all the same")
			}
		})
	}
}

func mark(s script.Step) script.Step {
	s.Purse = true

	return s
}

func wr(address, n int) script.Step {
	return script.Step{Op: script.Write, Address: address, Data: make(script.Bytes, n), Changes: true}
}

func rd(address, n int) script.Step {
	return script.Step{Op: script.Read, Address: address, Length: n}
}

func TestReadOnly(t *testing.T) {
	run := script.NewRun(script.ReadOnly(metercard.SLE4442))
	if err := run.Take([]script.Step{rd(0, 4)}, false); err != nil {
		t.Error(err)
	}
	run.Next()
	run.Heard(script.Answer{Outcome: script.Done, Data: script.Bytes{1, 2, 3, 4}})
	if err := run.Take([]script.Step{verify(1, 2, 3)}, true); !errors.Is(err, script.ErrGrant) {
		t.Errorf("a code in a run that reads: %v", err)
	}
}

// TestBytesDoNotPrint: neither in errors and logs nor with %v.
func TestBytesDoNotPrint(t *testing.T) {
	s := purse(t)
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v", s, s.Data)} {
		if strings.Contains(strings.ToLower(text), "2710") || !strings.Contains(text, "[17 bytes]") {
			t.Error(text)
		}
	}
	b, err := json.Marshal(s)
	if want := `{"op":"apdu","data":"04d682000c0000271000000005a1a2a3a4","changes":true,"purse":true}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}
