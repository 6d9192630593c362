package userfile_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

// Golden files: computed apart from this code (Python, zlib.crc32), from the layouts of
// the package comment.
const (
	goldenParam = "68010027" + "0080" + "00000000" + "2612010000" + "00" + "00002000" + "00001000" + "000001" + "000001" +
		"000000123456" + "001000000003" + "02" + "c416"
	goldenPurse  = "0000271000000005"
	goldenReturn = "6801002b" + "00" + "000000" + "000000" + "000000123456" + "001000000003" + "00003039" + "00000004" + "00000000" +
		"00000000" + "000002" + "2611300245" + "f816"
	goldenLent = "6801002b00000000000000000000123456001000000003" + "00000000" + "00000004" + "000000fa" + "00000000" + "000000" + "2611300245" + "8716"

	goldenIdentity = "0102030405060708" + "001000000003" + "000000123456" + "01175c5a"
	goldenBought4  = "01000004" + "00001388" + "0cd15a32"
	goldenBought5  = "02000005" + "00002710" + "fac09ce0"
	goldenLoaded3  = "00000003" + "ffffff06" + "3e3136a0"
	goldenLoaded4  = "00000004" + "00003039" + "16883e10"
)

var chip = [8]byte{1, 2, 3, 4, 5, 6, 7, 8}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}

	return b
}

func TestParam(t *testing.T) {
	p, err := userfile.DecodeParam(unhex(t, goldenParam))
	if err != nil {
		t.Fatal(err)
	}
	meter, _ := p.Meter()
	customer, _ := p.Customer()
	if meter != "000000123456" || customer != "001000000003" || p.Kind() != metercard.Purchase || p[1] != 0x80 {
		t.Errorf("meter %s, customer %s, kind %s, flags %02X", meter, customer, p.Kind(), p[1])
	}
	if got := hex.EncodeToString(p.File()); got != goldenParam {
		t.Errorf("written as %s", got)
	}

	var blank userfile.Param
	made, err := blank.WithNumbers("123456", "1000000003")
	if err != nil {
		t.Fatal(err)
	}
	made = made.WithKind(metercard.Purchase)
	if !bytes.Equal(made[26:], p[26:]) || made != made.WithKind(metercard.Blank) {
		t.Errorf("made % X", made[26:])
	}
	for _, typ := range []byte{0, 4, 255} {
		other := blank
		other[38] = typ
		if other.Kind() != metercard.Other {
			t.Errorf("type %d is %s", typ, other.Kind())
		}
	}
	if got := made.WithKind(""); got != made {
		t.Errorf("no kind is type %d", got[38])
	}
	for kind, want := range map[metercard.Kind]byte{metercard.OpenAccount: 1, metercard.Purchase: 2, metercard.Replacement: 3} {
		if got := blank.WithKind(kind); got[38] != want || got.Kind() != kind {
			t.Errorf("%s is type %d", kind, got[38])
		}
	}
	for _, wrong := range []string{"1234567890123", "12A", " 1"} {
		if _, err := blank.WithNumbers(wrong, "1"); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("meter %q: %v", wrong, err)
		}
		if _, err := blank.WithNumbers("1", wrong); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("customer %q: %v", wrong, err)
		}
	}
}

func TestFramesThatAreNot(t *testing.T) {
	for name, with := range map[string]func([]byte) []byte{
		"short":      func(b []byte) []byte { return b[:len(b)-1] },
		"empty":      func([]byte) []byte { return nil },
		"no 68":      func(b []byte) []byte { b[0] = 0; return b },
		"length":     func(b []byte) []byte { b[3]++; b[len(b)-2]++; return b },
		"sum":        func(b []byte) []byte { b[20]++; return b },
		"no 16":      func(b []byte) []byte { b[len(b)-1] = 0; return b },
		"never used": func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		if _, err := userfile.DecodeParam(with(unhex(t, goldenParam))); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("parameter file, %s: %v", name, err)
		}
		if _, err := userfile.DecodeReturn(with(unhex(t, goldenReturn))); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("return file, %s: %v", name, err)
		}
	}
}

func TestReturn(t *testing.T) {
	r, err := userfile.DecodeReturn(unhex(t, goldenReturn))
	if err != nil || r.Count() != 4 || r.Left() != 12345 || r.Illegal() != 2 {
		t.Errorf("count %d, left %s, illegal %d, %v", r.Count(), r.Left(), r.Illegal(), err)
	}
	lent, err := userfile.DecodeReturn(unhex(t, goldenLent))
	if err != nil || lent.Left() != -250 {
		t.Errorf("left %s, %v", lent.Left(), err)
	}

	back := userfile.Returned{Meter: "123456", Customer: "1000000003", Count: 4, Left: 12345, Illegal: 2, Time: [5]byte{0x26, 0x11, 0x30, 0x02, 0x45}}
	made, err := back.Return()
	if got := hex.EncodeToString(made.File()); err != nil || got != goldenReturn {
		t.Errorf("%v: %s", err, got)
	}
	back.Left, back.Illegal = -250, 0
	made, err = back.Return()
	if got := hex.EncodeToString(made.File()); err != nil || got != goldenLent {
		t.Errorf("%v: %s", err, got)
	}
	for _, wrong := range []userfile.Returned{{Meter: "x"}, {Customer: "x"}, {Left: 1 << 32}, {Left: -1 << 32}} {
		if _, err := wrong.Return(); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestPurse(t *testing.T) {
	p, err := userfile.DecodePurse(unhex(t, goldenPurse))
	if err != nil || p != (userfile.Purse{Amount: 10000, Count: 5}) {
		t.Errorf("%+v, %v", p, err)
	}
	b, err := p.Bytes()
	if err != nil || hex.EncodeToString(b) != goldenPurse {
		t.Errorf("%x, %v", b, err)
	}
	if b, err := (userfile.Purse{Amount: 1<<32 - 1, Count: 1<<32 - 1}).Bytes(); err != nil || hex.EncodeToString(b) != "ffffffffffffffff" {
		t.Errorf("the most: %x, %v", b, err)
	}
	for _, wrong := range []userfile.Purse{{Amount: -1}, {Amount: 1 << 32}} {
		if _, err := wrong.Bytes(); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("%s: %v", wrong.Amount, err)
		}
	}
	if _, err := userfile.DecodePurse(make([]byte, 7)); !errors.Is(err, userfile.ErrFile) {
		t.Error(err)
	}
}

func TestBlocks(t *testing.T) {
	id := userfile.Identity{Number: chip, Customer: "001000000003", Meter: "000000123456"}
	b, err := id.Bytes()
	if err != nil || hex.EncodeToString(b) != goldenIdentity {
		t.Errorf("%x, %v", b, err)
	}
	if got, err := userfile.DecodeIdentity(unhex(t, goldenIdentity)); err != nil || got != id {
		t.Errorf("%+v, %v", got, err)
	}

	for want, bought := range map[string]userfile.Bought{
		goldenBought4: {Kind: metercard.OpenAccount, Count: 4, Amount: 5000},
		goldenBought5: {Kind: metercard.Purchase, Count: 5, Amount: 10000},
	} {
		if b, err := bought.Bytes(chip); err != nil || hex.EncodeToString(b) != want {
			t.Errorf("%x, %v", b, err)
		}
	}
	for want, loaded := range map[string]userfile.Loaded{goldenLoaded3: {Count: 3, Left: -250}, goldenLoaded4: {Count: 4, Left: 12345}} {
		if b, err := loaded.Bytes(chip); err != nil || hex.EncodeToString(b) != want {
			t.Errorf("%x, %v", b, err)
		}
	}

	most := []interface {
		Bytes(card [8]byte) ([]byte, error)
	}{
		userfile.Bought{Kind: metercard.Replacement, Count: 1<<24 - 1, Amount: 1<<32 - 1},
		userfile.Bought{Kind: metercard.Purchase},
		userfile.Loaded{Count: 1<<24 - 1, Left: 1<<31 - 1},
		userfile.Loaded{Left: -1 << 31},
	}
	for i, want := range []string{"03ffffffffffffff", "0200000000000000", "00ffffff7fffffff", "0000000080000000"} {
		if b, err := most[i].Bytes(chip); err != nil || hex.EncodeToString(b[:8]) != want {
			t.Errorf("%x, %v, want %s", b, err, want)
		}
	}
	spoilt := unhex(t, goldenIdentity)
	spoilt[9]++
	for _, wrong := range [][]byte{spoilt, spoilt[:23], nil} {
		if _, err := userfile.DecodeIdentity(wrong); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("identity of %d bytes: %v", len(wrong), err)
		}
	}

	for _, wrong := range []userfile.Bought{
		{Kind: metercard.Blank, Count: 1}, {Kind: metercard.Purchase, Count: 1 << 24}, {Kind: metercard.Purchase, Amount: -1}, {Kind: metercard.Purchase, Amount: 1 << 32},
	} {
		if _, err := wrong.Bytes(chip); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	for _, wrong := range []userfile.Loaded{{Count: 1 << 24}, {Left: 1 << 31}, {Left: -1<<31 - 1}} {
		if _, err := wrong.Bytes(chip); !errors.Is(err, userfile.ErrFile) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

// TestTheNewerBlock: what is there, of two blocks in the places of even and odd counts.
func TestTheNewerBlock(t *testing.T) {
	four, five, torn := goldenBought4, goldenBought5, "02000005"+"00002710"+"fac09cff"
	none := strings.Repeat("ff", 12)
	for _, c := range []struct {
		even, odd string
		count     uint32 // 0: none is there
	}{
		{four, none, 4},
		{none, five, 5},
		{four, five, 5},
		{four, torn, 4},
		{none, torn, 0},
		{five, none, 0}, // in the other's place
		{none, four, 0},
		{goldenLoaded4, none, 0}, // of another kind
	} {
		got, there := userfile.DecodeBought(chip, [2][]byte{unhex(t, c.even), unhex(t, c.odd)})
		if there != (c.count != 0) || got.Count != c.count {
			t.Errorf("%s and %s: purchase %d, there %t", c.even, c.odd, got.Count, there)
		}
	}
	if _, there := userfile.DecodeBought([8]byte{9}, [2][]byte{unhex(t, four), unhex(t, five)}); there {
		t.Error("blocks of another card are there")
	}
	if got, there := userfile.DecodeLoaded(chip, [2][]byte{unhex(t, goldenLoaded4), unhex(t, goldenLoaded3)}); !there || got.Count != 4 || got.Left != 12345 {
		t.Errorf("%+v, %t", got, there)
	}
}

// saved is what the plan of a processor card saves.
func saved(tb testing.TB, param, purse, returned string) map[string]script.Bytes {
	tb.Helper()

	return map[string]script.Bytes{
		"serial": unhex(tb, "0a02030405060708"), "param": unhex(tb, param), "purse": unhex(tb, purse), "returned": unhex(tb, returned),
	}
}

func TestFactsOfProcessorCard(t *testing.T) {
	nothing := strings.Repeat("00", 49)
	odd := strings.Replace(goldenParam, "000000123456", "00000012345f", 1)
	odd = odd[:len(odd)-4] + "cd16"
	for name, c := range map[string]struct {
		param, purse, returned string
		want                   metercard.Facts
	}{
		"loaded": {goldenParam, goldenPurse, goldenReturn, metercard.Facts{
			Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000123456", Customer: "001000000003",
			Count: 5, Purse: 10000, Loaded: 4, Left: 12345,
		}},
		"nothing returned": {goldenParam, goldenPurse, nothing, metercard.Facts{
			Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000123456", Customer: "001000000003", Count: 5, Purse: 10000,
		}},
		"blank":               {strings.Repeat("00", 45), strings.Repeat("00", 8), nothing, metercard.Facts{Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Blank}},
		"blank, erased":       {strings.Repeat("ff", 45), strings.Repeat("ff", 8), strings.Repeat("ff", 49), metercard.Facts{Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Blank}},
		"torn":                {strings.Repeat("00", 20) + goldenParam[40:], goldenPurse, nothing, metercard.Facts{Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Other, Count: 5, Purse: 10000}},
		"number not decimal":  {odd, goldenPurse, nothing, metercard.Facts{Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Other, Count: 5, Purse: 10000}},
		"return file is torn": {strings.Repeat("00", 45), goldenPurse, "00" + goldenReturn[2:], metercard.Facts{Serial: "0A02030405060708", Form: metercard.CPU, Kind: metercard.Blank, Count: 5, Purse: 10000}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := userfile.Facts(metercard.CPU, saved(t, c.param, c.purse, c.returned))
			if err != nil || got != c.want {
				t.Errorf("%v\n got %+v\nwant %+v", err, got, c.want)
			}
		})
	}

	short := saved(t, goldenParam, "00", nothing)
	if _, err := userfile.Facts(metercard.CPU, short); !errors.Is(err, userfile.ErrFile) {
		t.Errorf("a purse of one byte: %v", err)
	}
	if _, err := userfile.Facts(metercard.CPU, saved(t, goldenParam, "00000000ff000000", nothing)); !errors.Is(err, metercard.ErrFacts) {
		t.Errorf("a count that cannot be: %v", err)
	}
	if _, err := userfile.Facts("other", nil); !errors.Is(err, metercard.ErrFacts) {
		t.Errorf("an unknown form: %v", err)
	}
}

// image is the memory of an SLE4442 with these blocks.
func image(tb testing.TB, identity, even, odd, backEven, backOdd string) []byte {
	tb.Helper()
	b := bytes.Repeat([]byte{0xFF}, 256)
	copy(b, unhex(tb, "a2131091"))
	copy(b[8:], unhex(tb, identity))
	copy(b[64:], unhex(tb, even))
	copy(b[96:], unhex(tb, odd))
	copy(b[128:], unhex(tb, backEven))
	copy(b[160:], unhex(tb, backOdd))

	return b
}

func TestFactsOfMemoryCards(t *testing.T) {
	full := image(t, goldenIdentity, goldenBought4, goldenBought5, goldenLoaded4, goldenLoaded3)
	want := metercard.Facts{
		Serial: "0102030405060708", Form: metercard.SLE4442, Kind: metercard.Purchase, Meter: "000000123456", Customer: "001000000003",
		Count: 5, Purse: 10000, Loaded: 4, Left: 12345,
	}
	got, err := userfile.Facts(metercard.SLE4442, map[string]script.Bytes{"image": full})
	if err != nil || got != want {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}

	zone1 := bytes.Repeat([]byte{0xFF}, 64)
	copy(zone1, unhex(t, goldenBought4+goldenBought5+goldenLoaded4+goldenLoaded3))
	zone2 := bytes.Repeat([]byte{0xFF}, 64)
	copy(zone2, unhex(t, goldenIdentity))
	zones := map[string]script.Bytes{"chip": bytes.Repeat([]byte{0xFF}, 10), "zone1": zone1, "zone2": zone2}
	want.Form = metercard.AT88SC102
	got, err = userfile.Facts(metercard.AT88SC102, zones)
	if err != nil || got != want {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}

	fresh := image(t, "", "", "", "", "")
	got, err = userfile.Facts(metercard.SLE4442, map[string]script.Bytes{"image": fresh})
	if err != nil || got != (metercard.Facts{Serial: "A2131091FFFFFFFF", Form: metercard.SLE4442, Kind: metercard.Blank}) {
		t.Errorf("fresh: %+v, %v", got, err)
	}
	other := image(t, "00112233", goldenBought4, "", "", "")
	got, err = userfile.Facts(metercard.SLE4442, map[string]script.Bytes{"image": other})
	if err != nil || got != (metercard.Facts{Serial: "A2131091FFFFFFFF", Form: metercard.SLE4442, Kind: metercard.Other}) {
		t.Errorf("of somebody else: %+v, %v", got, err)
	}
	unused := image(t, goldenIdentity, "", "", "", "")
	got, err = userfile.Facts(metercard.SLE4442, map[string]script.Bytes{"image": unused})
	if err != nil || got != (metercard.Facts{Serial: "0102030405060708", Form: metercard.SLE4442, Kind: metercard.Other}) {
		t.Errorf("without a purchase: %+v, %v", got, err)
	}
}

// TestPlan: each plan is one that a run takes, and needs no leave to write.
func TestPlan(t *testing.T) {
	for form, want := range map[metercard.Form]int{metercard.CPU: 6, metercard.SLE4442: 1, metercard.AT88SC102: 3} {
		plan := userfile.Plan(form)
		if len(plan) != want {
			t.Errorf("%s: %d steps", form, len(plan))
		}
		if err := script.NewRun(script.ReadOnly(form)).Take(plan, true); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
	if userfile.Plan("other") != nil {
		t.Error("a plan for an unknown form")
	}
}

// TestReturnedNothing: a purchase 0 is none.
func TestReturnedNothing(t *testing.T) {
	none, err := userfile.Returned{Meter: "123456", Customer: "1000000003", Left: 100}.Return()
	if err != nil {
		t.Fatal(err)
	}
	got, err := userfile.Facts(metercard.CPU, saved(t, goldenParam, goldenPurse, hex.EncodeToString(none.File())))
	if err != nil || got.Loaded != 0 || got.Left != 0 || got.Count != 5 {
		t.Errorf("%+v, %v", got, err)
	}

	zero, err := userfile.Loaded{Left: 100}.Bytes(chip)
	if err != nil {
		t.Fatal(err)
	}
	back := image(t, goldenIdentity, goldenBought4, "", hex.EncodeToString(zero), "")
	got, err = userfile.Facts(metercard.SLE4442, map[string]script.Bytes{"image": back})
	if err != nil || got.Loaded != 0 || got.Left != 0 || got.Count != 4 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, known := userfile.LayoutOf(metercard.CPU); known {
		t.Error("a processor card has a layout of a memory card")
	}
	if r, there := userfile.DecodeLoaded(chip, [2][]byte{nil, nil}); there {
		t.Errorf("%+v of nothing", r)
	}
}

// TestLayoutsAreWithinTheGrant: a purchase can be written, and the identity cannot.
func TestLayoutsAreWithinTheGrant(t *testing.T) {
	for _, form := range []metercard.Form{metercard.SLE4442, metercard.AT88SC102} {
		l, known := userfile.LayoutOf(form)
		if !known {
			t.Fatal(form)
		}
		for _, at := range l.Purchase {
			steps := []script.Step{{Op: script.Write, Address: at, Data: make(script.Bytes, 12), Changes: true}}
			if err := script.NewRun(script.Purchase(form)).Take(steps, true); err != nil {
				t.Errorf("%s: %v", form, err)
			}
		}
	}
	steps := []script.Step{{Op: script.Write, Address: 8, Data: make(script.Bytes, 24), Changes: true}}
	if err := script.NewRun(script.Purchase(metercard.SLE4442)).Take(steps, true); !errors.Is(err, script.ErrGrant) {
		t.Errorf("the identity is written: %v", err)
	}
}
