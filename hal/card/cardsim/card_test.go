package cardsim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestCardJSON: what a card keeps without power comes back; what it does not keep
// does not.
func TestCardJSON(t *testing.T) {
	used := testMeter()
	trusted(t, used)
	used.Tries = 2
	open := NewSLE4442(psc4442)
	open.PowerOn()
	if ok, _ := open.Verify(psc4442[:]); !ok {
		t.Fatal("code refused")
	}
	for _, c := range []*Card{
		{ID: "meter", Processor: used},
		{ID: "recorded", Processor: &Recorder{Processor: testMeter()}},
		{ID: "4442", Memory: open},
		{ID: "4428", Memory: NewSLE4428([2]byte{1, 2})},
		{ID: "24c", Memory: NewAT24C(16)},
		{ID: "102", Memory: NewAT88SC102([2]byte{1, 2})},
		{ID: "bank", Tracks: Tracks{1: "1=2"}},
		{ID: "both", Processor: testMeter(), Tracks: Tracks{1: "1=2"}},
		{ID: "blank"},
	} {
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		var back Card
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		c.PowerOff()
		if rec, ok := c.Processor.(*Recorder); ok {
			c.Processor = rec.Processor
		}
		hidden := cmpopts.IgnoreUnexported(MeterCard{}, SLE4442{}, SLE4428{}, AT24C{}, AT88SC102{})
		if diff := cmp.Diff(c, &back, hidden); diff != "" {
			t.Errorf("%s: %s", c.ID, diff)
		}
		if p, ok := back.Processor.(*MeterCard); ok && p.Transmit(unhex(t, "0084000008")) != nil {
			t.Errorf("%s: has power", c.ID)
		}
		if back.Memory != nil {
			if _, err := back.Memory.Read(0, 0, 1); err == nil {
				t.Errorf("%s: has power", c.ID)
			}
		}
	}
}

func TestCardJSONRefuses(t *testing.T) {
	if _, err := json.Marshal(&Card{ID: "x", Processor: &Script{}}); err == nil {
		t.Error("a script was stored")
	}
	var c Card
	for _, bad := range []string{
		`{"version":9,"id":"x"}`, `{"version":1,"id":"x","sle4442":{"main":"zz"}}`, `[]`,
		`{"version":1,"id":"x","sle4442":{"main":"00"}}`, `{"version":1,"id":"x","sle4428":{}}`,
		`{"version":1,"id":"x","at24c":{"main":"00"}}`, `{"version":1,"id":"x","at88sc102":{}}`,
	} {
		if err := json.Unmarshal([]byte(bad), &c); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// FuzzMeterCard: no APDU makes the card fall over, or its files change size.
func FuzzMeterCard(f *testing.F) {
	for _, s := range []string{"00B0990108", "00A4000002DF01", "00C0000006", "0084000008", "04D682000C000000000000000000000000", "", "00B0FFFF00"} {
		f.Add(unhex(f, s), unhex(f, "00B0820008"))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		m := testMeter()
		trusted(t, m)
		m.Transmit([]byte{0, 0x84, 0, 0, 4})
		for _, apdu := range [][]byte{first, second} {
			if r := m.Transmit(apdu); len(r) < 2 || len(r) > 258 {
				t.Fatalf("% X answered with %d bytes", apdu, len(r))
			}
		}
		if fen, count := m.Purse(); fen != 5000 || count != 3 || len(m.Files[FileParam]) != 45 {
			t.Fatal("files changed without a MAC")
		}
	})
}
