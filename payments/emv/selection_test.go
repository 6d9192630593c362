package emv_test

import (
	"errors"
	"fmt"
	"testing"

	"wattkiosk/payments/emv"
)

const (
	sendCredit   = "00A4040008 A000000333010102 00"
	sendQuasi    = "00A4040008 A000000333010103 00"
	sendNext     = "00A4040208 A000000333010101 00"
	malformedFCI = "6F1D 8408A000000333010102 A511 500B50424F4320435245444954 870202 9000" // malformed: length of 87
	longFCI      = "6F11 840AA000000333010101AABB A503870102 9000"
	creditGood   = "6F19 8408A000000333010102 A50D 500850424F4320435244 870102 9000"
	sendLong     = "00A404000A A000000333010101AABB 00"
	entryTwo     = "703A 6119 4F08A000000333010101 500A50424F43204445424954 870102 611D 4F08A000000333010102 500E50424F432043524544495420202A 870181 9000"
	entryVisa    = "700B 6109 4F07A0000000031010 9000"
	notSatisfied = "6985"
)

func TestSelectionEndsBeforeThePayment(t *testing.T) {
	for name, tt := range map[string]struct {
		d      dialogue
		ending emv.Ending
		failed bool
	}{
		"card blocked":              {dialogue{{sendDirectory, "6A81"}}, emv.CardBlocked, false},
		"card blocked, by the list": {dialogue{{sendDirectory, "6A82"}, {sendSelect, "6A81"}}, emv.CardBlocked, false},
		"application blocked": {
			dialogue{{sendDirectory, directoryFCI}, {sendEntry1, entryDebit}, {sendEntry2, noRecord}, {sendSelect, "6283"}},
			emv.ApplicationBlocked, false,
		},
		"blocked by the list": {
			dialogue{{sendDirectory, "6A82"}, {sendSelect, "6283"}, {sendCredit, "6A82"}, {sendQuasi, "6A82"}},
			emv.ApplicationBlocked, false,
		},
		"another bank's card": {
			dialogue{
				{sendDirectory, directoryFCI},
				{sendEntry1, entryVisa},
				{sendEntry2, noRecord},
				{sendSelect, "6A82"},
				{sendCredit, "6A82"},
				{sendQuasi, "6A82"},
			},
			emv.NoApplication, false,
		},
		"a meter card": {
			dialogue{{sendDirectory, "6A86"}, {sendSelect, "6A86"}, {sendCredit, "6A86"}, {sendQuasi, "6A86"}},
			emv.NotEMV, true,
		},
		"GPO refused": {
			dialogue{
				{sendDirectory, directoryFCI},
				{sendEntry1, entryDebit},
				{sendEntry2, noRecord},
				{sendSelect, debitFCI},
				{sendOptions, notSatisfied},
			},
			emv.NoApplication, false,
		},
		"GPO fails": {
			dialogue{
				{sendDirectory, directoryFCI},
				{sendEntry1, entryDebit},
				{sendEntry2, noRecord},
				{sendSelect, debitFCI},
				{sendOptions, "6F00"},
			},
			emv.BadCard, true,
		},
		"another name answers": {
			dialogue{
				{sendDirectory, directoryFCI},
				{sendEntry1, entryDebit},
				{sendEntry2, noRecord},
				{sendSelect, creditGood},
			},
			emv.NoApplication, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			end, questions := play(t, kernel(t), tt.d, owner{})
			if end.Ending != tt.ending || end.ChipFailed != tt.failed || end.Reverse || len(questions) > 0 {
				t.Errorf("ended %+v with %d questions", end, len(questions))
			}
		})
	}
}

// TestChoice: several applications are offered in the card's order; the one that is
// not usable gives way to the other.
func TestChoice(t *testing.T) {
	d := dialogue{
		{sendDirectory, directoryFCI},
		{sendEntry1, entryTwo},
		{sendEntry2, noRecord},
		{sendSelect, "6A82"}, // the second of the list, which was chosen
		// the other one has its confirmation bit set: it is asked for once more
		{sendCredit, "6283"},
	}
	end, questions := play(t, kernel(t), d, owner{choose: 1})
	if end.Ending != emv.ApplicationBlocked {
		t.Errorf("ended %+v", end)
	}
	want := "[{[160 0 0 3 51 1 1 2] PBOC CREDIT  * 1 true} {[160 0 0 3 51 1 1 1] PBOC DEBIT 2 false}] [{[160 0 0 3 51 1 1 2] PBOC CREDIT  * 1 true}]"
	got := ""
	for i, q := range questions {
		if i > 0 {
			got += " "
		}
		got += fmt.Sprint(q.(emv.Choose).Applications)
	}
	if got != want {
		t.Errorf("offered %s, want %s", got, want)
	}
}

// TestPartialNames: without a directory, a longer name that begins with one of the
// terminal's is a candidate, and the next of that name is asked for.
func TestPartialNames(t *testing.T) {
	d := dialogue{
		{sendDirectory, "6A82"},
		{sendSelect, longFCI},
		{sendNext, "6A82"},
		{sendCredit, malformedFCI},
		{sendQuasi, "6A82"},
		{sendLong, "6A82"},
	}
	if end, _ := play(t, kernel(t), d, owner{}); end.Ending != emv.NoApplication {
		t.Errorf("ended %+v", end)
	}
}

// TestFurtherNamesEnd: a card that always has another application does not hold the
// terminal for ever.
func TestFurtherNamesEnd(t *testing.T) {
	d := dialogue{{sendDirectory, "6A82"}, {sendSelect, longFCI}}
	for range emv.MaxFurther - 1 {
		d = append(d, line{sendNext, longFCI})
	}
	d = append(d, line{sendCredit, "6A82"}, line{sendQuasi, "6A82"}, line{sendLong, "6F00"})
	if end, _ := play(t, kernel(t), d, owner{}); end.Ending != emv.NoApplication {
		t.Errorf("ended %+v", end)
	}
}

// TestWrongStatusEverywhere: no status word at any point ends otherwise than without
// a payment.
func TestWrongStatusEverywhere(t *testing.T) {
	whole := append(usual(), line{sendAuth, "9000"}, line{secondAC("40", "3030", "8000040000"), tc})
	for i := range whole {
		for _, sw := range []string{"", "6A", "6100", "6C10", "6283", "6300", "63C0", "6700", "6982", "6983", "6985", "6A80", "6A81", "6A82", "6A83", "6D00", "6E00", "6F00", "9000", "9001"} {
			k := kernel(t)
			n := 0
			end := drive(k, func(emv.Send) []byte {
				n++
				switch {
				case n-1 == i:
					return unhex(t, sw)
				case n-1 < i:
					return unhex(t, whole[n-1].answer)
				}
				return unhex(t, "6F00")
			}, owner{pin: emv.PINEntered, bank: approves(unhex(t, "910A C1C2C3C4C5C6C7C83030"))})

			asked := i >= len(usual())
			if end.Ending == emv.Approved || end.Reverse != asked || end.Err == nil {
				t.Errorf("%q to APDU %d: ended %+v", sw, i, end)
			}
		}
	}
}

// TestPulledEverywhere: a card that goes at any APDU is Pulled, and from the bank's
// approval on the payment must be reversed.
func TestPulledEverywhere(t *testing.T) {
	whole := append(usual(), line{sendAuth, "9000"}, line{secondAC("40", "3030", "8000040000"), tc})
	for i := range whole {
		n := 0
		end := drive(kernel(t), func(emv.Send) []byte {
			n++
			if n-1 == i {
				return nil
			}
			return unhex(t, whole[n-1].answer)
		}, owner{pin: emv.PINEntered, bank: approves(unhex(t, "910A C1C2C3C4C5C6C7C83030")), pull: true})
		if end.Ending != emv.Pulled || end.Reverse != (i >= len(usual())) || end.ChipFailed {
			t.Errorf("pulled at APDU %d: ended %+v", i, end)
		}
	}
}

// TestEndlessDirectory: a directory that has no last record is none, and the terminal's
// list is gone through.
func TestEndlessDirectory(t *testing.T) {
	reads := 0
	end := drive(kernel(t), func(s emv.Send) []byte {
		switch s.Command {
		case emv.SelectDirectory:
			return unhex(t, directoryFCI)
		case emv.ReadDirectory:
			reads++
			return unhex(t, entryDebit)
		}
		return unhex(t, "6A82")
	}, owner{})
	if reads != emv.MaxDirectory || end.Ending != emv.NoApplication {
		t.Errorf("%d records were read; ended %+v", reads, end)
	}
}

// TestManyApplications: no more than MaxCandidates are offered; one without a priority
// comes after those that have one.
func TestManyApplications(t *testing.T) {
	entries := ""
	for i := range emv.MaxCandidates + 2 {
		entries += fmt.Sprintf("610B4F09A000000333010102%02X", i)
	}
	records := [][]byte{
		unhex(t, "7015 6113 4F09A00000033301010101 5003414141 870100 9000"), // no priority
		unhex(t, "7015 6113 4F09A00000033301010301 5003424242 870101 9000"),
		unhex(t, fmt.Sprintf("7081%02X%s9000", len(entries)/2, entries)),
		unhex(t, noRecord),
	}

	k := kernel(t)
	step := k.Start()
	for i := 0; ; {
		send, ok := step.(emv.Send)
		if !ok {
			break
		}
		answer := unhex(t, directoryFCI)
		if send.Command == emv.ReadDirectory {
			answer = records[i]
			i++
		}
		step = k.Answer(answer)
	}
	apps := step.(emv.Choose).Applications
	if len(apps) != emv.MaxCandidates || apps[0].Label != "BBB" || apps[1].Label != "AAA" {
		t.Errorf("%d are offered: %v", len(apps), apps)
	}
}

// TestExchangesEnd: a card that offers one application after the other, and none that
// can be used, comes to an end.
func TestExchangesEnd(t *testing.T) {
	term := terminal()
	term.Applications = nil
	for i := range emv.MaxApplications {
		term.Applications = append(term.Applications, emv.Application{AID: []byte{0xA0, 0, 0, 3, 0x33, byte(i)}, Partial: true})
	}
	k, err := emv.New(term, payment())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	end := drive(k, func(s emv.Send) []byte {
		n++
		name := append([]byte(nil), s.APDU[5:]...)
		switch s.Command {
		case emv.SelectListed:
			name[len(name)-1] = byte(n)
		case emv.SelectApplication:
			name = name[:len(name)-1]
		default:
			return unhex(t, notSatisfied)
		}
		fci := append([]byte{0x84, byte(len(name))}, name...)
		fci = append(fci, 0xA5, 0x00)
		return append(append([]byte{0x6F, byte(len(fci))}, fci...), 0x90, 0x00)
	}, owner{})
	if n != emv.MaxExchanges || end.Ending != emv.BadCard || !errors.Is(end.Err, emv.ErrBounds) {
		t.Errorf("ended %+v after %d APDUs", end, n)
	}
}
