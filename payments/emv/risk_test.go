package emv_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/payments/emv"
)

// record is a record of those objects.
func record(objects ...string) string {
	all := strings.ReplaceAll(strings.Join(objects, ""), " ", "")

	return fmt.Sprintf("7081%02X%s9000", len(all)/2, all)
}

const (
	pan       = "5A086225880000000019"
	expiry    = "5F2403301231"
	cdol1     = "8C1B 9F02069F03069F1A0295055F2A029A039C019F37049F21039F4E14"
	cdol2     = "8D1A 8A029F02069F03069F1A0295055F2A029A039C019F37049F2103"
	onlinePIN = "8E0A 0000000000000000 4200"
)

// TestRisk: what the card says of itself becomes bits of the TVR, and which kind of
// cryptogram is asked for.
func TestRisk(t *testing.T) {
	const arqc, aac = "80", "00"
	for name, tt := range map[string]struct {
		card      string // besides PAN and lists
		kind, tvr string
	}{
		"all well":                           {expiry + onlinePIN, arqc, "8000040000"},
		"expires today":                      {"5F2403261128" + onlinePIN, arqc, "8000040000"},
		"expired yesterday":                  {"5F2403261127" + onlinePIN, aac, "8040040000"},
		"expired in the last century":        {"5F2403991231" + onlinePIN, aac, "8040040000"},
		"a month of 31 days":                 {"5F2403300231" + onlinePIN, arqc, "8000040000"},
		"valid from tomorrow":                {expiry + "5F2503261129" + onlinePIN, aac, "8020040000"},
		"valid from today":                   {expiry + "5F2503261128" + onlinePIN, arqc, "8000040000"},
		"another version":                    {expiry + "9F08020020" + onlinePIN, arqc, "8080040000"},
		"only for ATMs":                      {expiry + "9F0702FE00" + onlinePIN, aac, "8010040000"},
		"only abroad":                        {expiry + "9F07021500" + "5F28020156" + onlinePIN, aac, "8010040000"},
		"only here, and it is here":          {expiry + "9F07022900" + "5F28020156" + onlinePIN, arqc, "8000040000"},
		"only here, and it is abroad":        {expiry + "9F07022900" + "5F28020344" + onlinePIN, aac, "8010040000"},
		"use, but no country":                {expiry + "9F07020100" + onlinePIN, arqc, "8000040000"},
		"no list of methods":                 {expiry, arqc, "A000000000"},
		"a list without rules":               {expiry + "8E08 0000000000000000", arqc, "8000000000"},
		"only a signature":                   {expiry + "8E0A 0000000000000000 1E00", arqc, "8000800000"},
		"offline PIN, then online PIN":       {expiry + "8E0C 0000000000000000 4100 0200", arqc, "8000140000"},
		"offline PIN or nothing":             {expiry + "8E0C 0000000000000000 0100 0200", arqc, "8000900000"},
		"an unknown method":                  {expiry + "8E0C 0000000000000000 6000 0200", arqc, "8000440000"},
		"fail":                               {expiry + "8E0C 0000000000000000 4000 0200", arqc, "8000800000"},
		"none, which the terminal cannot":    {expiry + "8E0A 0000000000000000 1F00", arqc, "8000800000"},
		"for cash only":                      {expiry + "8E0E 0000000000000000 4201 4204 4205", arqc, "8000800000"},
		"where the terminal can":             {expiry + "8E0C 0000000000000000 1E03 0203", arqc, "8000040000"},
		"over X of 100.00, other currency":   {expiry + "8E0A 00002710 00000000 0207", arqc, "8000800000"},
		"over X of 100.00":                   {expiry + "9F42020156" + "8E0A 00002710 00000000 0207", arqc, "8000040000"},
		"under X of 100.00":                  {expiry + "9F42020156" + "8E0A 00002710 00000000 0206", arqc, "8000800000"},
		"under Y of 200.00":                  {expiry + "9F42020156" + "8E0A 00002710 00004E20 0208", arqc, "8000040000"},
		"over Y of 200.00":                   {expiry + "9F42020156" + "8E0A 00002710 00004E20 0209", arqc, "8000800000"},
		"the card denies what was not done":  {expiry + "9F0E058000000000" + onlinePIN, aac, "8000040000"},
		"the card denies what did not occur": {expiry + "9F0E054000000000" + onlinePIN, arqc, "8000040000"},
		"exactly X of 128.50, over":          {expiry + "9F42020156" + "8E0A 00003232 00000000 0207", arqc, "8000800000"},
		"exactly X of 128.50, under":         {expiry + "9F42020156" + "8E0A 00003232 00000000 0206", arqc, "8000800000"},
		"exactly Y of 128.50, over":          {expiry + "9F42020156" + "8E0A 00000000 00003232 0209", arqc, "8000800000"},
		"exactly Y of 128.50, under":         {expiry + "9F42020156" + "8E0A 00000000 00003232 0208", arqc, "8000800000"},
		"a record brings a profile":          {expiry + "8202FFFF" + onlinePIN, arqc, "8000040000"},
		"a record brings the terminal's TVR": {expiry + "95050000000000 9F0206000000000001" + onlinePIN, arqc, "8000040000"},
	} {
		t.Run(name, func(t *testing.T) {
			d := usual()
			d[5].answer, d[6].answer = record(pan, cdol1, cdol2), record(tt.card)
			d[7] = line{firstAC(tt.kind, tt.tvr), "6F00"}
			if end, _ := play(t, kernel(t), d, owner{pin: emv.PINEntered}); end.Ending != emv.BadCard || end.ChipFailed {
				t.Errorf("ended %+v", end)
			}
		})
	}
}

// TestPINEntry: what the pad says decides the method and the result.
func TestPINEntry(t *testing.T) {
	for _, tt := range []struct {
		rules      string
		pin        emv.PINResult
		withoutPIN bool
		tvr, cvm   string
		entered    bool
	}{
		{"8E0C 0000000000000000 4200 1F00", emv.PINEntered, true, "8000040000", "420000", true},
		{"8E0C 0000000000000000 4200 1F00", emv.PINSkipped, true, "8000080000", "1F0002", false},
		{"8E0C 0000000000000000 0200 1F00", emv.PINSkipped, true, "8000880000", "020001", false},
		{"8E0C 0000000000000000 4200 1F00", emv.PINSkipped, false, "8000880000", "1F0001", false},
		{"8E0C 0000000000000000 4200 4203", emv.PINPadOut, false, "8000900000", "420301", false},
	} {
		term := terminal()
		term.WithoutPIN = tt.withoutPIN
		k, err := emv.New(term, payment())
		if err != nil {
			t.Fatal(err)
		}
		d := usual()
		d[5].answer, d[6].answer = record(pan, expiry, cdol1, cdol2), record(tt.rules)
		d[7] = line{firstAC("80", tt.tvr), arqc}
		d = append(d, line{secondAC("00", "5A33", tt.tvr), ""})
		_, questions := play(t, k, d, owner{pin: tt.pin})
		online := questions[len(questions)-1].(emv.GoOnline)
		if online.PIN != tt.entered || !strings.Contains(fmt.Sprintf("%X", []byte(online.Field55)), "9F3403"+tt.cvm) {
			t.Errorf("%s with %d: PIN %v, field 55 %X", tt.rules, tt.pin, online.PIN, []byte(online.Field55))
		}
	}
}

// TestDeclinedOffline: the customer of an expired card learns that.
func TestDeclinedOffline(t *testing.T) {
	const aac = "8012 00 0005 A1A2A3A4A5A6A7A8 07010103A00000 9000"
	for _, tt := range []struct {
		card, tvr string
		answer    string
		want      emv.Ending
	}{
		{"5F2403261127", "8040040000", aac, emv.Expired},
		{"5F2403301231 5F2503300101", "8020040000", aac, emv.Expired},
		{"5F2403301231 9F0702FE00", "8010040000", aac, emv.DeclinedOffline},
		{"5F2403261127", "8040040000", arqc, emv.BadCard},
	} {
		d := usual()
		d[5].answer, d[6].answer = record(pan, cdol1, cdol2), record(tt.card, onlinePIN)
		d[7] = line{firstAC("00", tt.tvr), tt.answer}
		if end, _ := play(t, kernel(t), d, owner{pin: emv.PINEntered}); end.Ending != tt.want || end.Reverse || end.ChipFailed || end.Err == nil {
			t.Errorf("%s: ended %+v", tt.card, end)
		}
	}
}

// TestBadRecords: each of these is a card that is not taken, and counts for the rule
// of the stripe.
func TestBadRecords(t *testing.T) {
	for name, tt := range map[string][2]string{
		"no PAN":                 {record(expiry, cdol1, cdol2), record(onlinePIN)},
		"no expiry":              {record(pan, cdol1, cdol2), record(onlinePIN)},
		"no CDOL1":               {record(pan, expiry, cdol2), record(onlinePIN)},
		"no CDOL2":               {record(pan, expiry, cdol1), record(onlinePIN)},
		"PAN twice":              {record(pan, expiry, cdol1, cdol2), record(pan)},
		"PAN of letters":         {record("5A0862258800000A0019", expiry, cdol1, cdol2), record(onlinePIN)},
		"PAN that goes on":       {record("5A086225F80000000019", expiry, cdol1, cdol2), record(onlinePIN)},
		"PAN of 11 digits":       {record("5A0662258800000F", expiry, cdol1, cdol2), record(onlinePIN)},
		"month 13":               {record(pan, "5F2403301331", cdol1, cdol2), record(onlinePIN)},
		"day 0":                  {record(pan, "5F2403301200", cdol1, cdol2), record(onlinePIN)},
		"effective of letters":   {record(pan, expiry, "5F2503AA0101", cdol1, cdol2), record(onlinePIN)},
		"sequence of two bytes":  {record(pan, expiry, "5F34020001", cdol1, cdol2), record(onlinePIN)},
		"use of one byte":        {record(pan, expiry, "9F0701FF", cdol1, cdol2), record(onlinePIN)},
		"track 2 of another PAN": {record(pan, expiry, "57 0F 6225880000000027D3012220000000", cdol1, cdol2), record(onlinePIN)},
		"track 2 of letters":     {record(pan, expiry, "57 0F 6225880000000019D301222A000000", cdol1, cdol2), record(onlinePIN)},
		"list of methods is odd": {record(pan, expiry, cdol1, cdol2), record("8E0B 0000000000000000 420000")},
		"list is too short":      {record(pan, expiry, cdol1, cdol2), record("8E04 00000000")},
		"CDOL1 is cut":           {record(pan, expiry, "8C01 9F", cdol2), record(onlinePIN)},
		"CDOL1 asks too much":    {record(pan, expiry, "8C04 9AFE 9CFE", cdol2), record(onlinePIN)},
		"no template":            {"5A0162 9000", record(onlinePIN)},
		"two templates":          {"7000 7000 9000", record(onlinePIN)},
		"template is cut":        {"7005 5A08 9000", record(onlinePIN)},
		"object is cut":          {"7003 5A0862 9000", record(onlinePIN)},
	} {
		t.Run(name, func(t *testing.T) {
			d := usual()[:7]
			d[5].answer, d[6].answer = tt[0], tt[1]
			n := 0
			end := drive(kernel(t), func(emv.Send) []byte { n++; return unhex(t, d[min(n, 7)-1].answer) }, owner{pin: emv.PINEntered})
			if end.Ending != emv.BadCard || !end.ChipFailed || end.Err == nil {
				t.Errorf("ended %+v", end)
			}
			if strings.Contains(end.Err.Error(), "622588") {
				t.Errorf("the error shows the PAN: %v", end.Err)
			}
		})
	}
}

// TestBadOptions: locators and profiles that are malformed or too long.
func TestBadOptions(t *testing.T) {
	for _, bad := range []string{
		"8002 7C00 9000",                           // nothing to read
		"8001 7C 9000",                             // half a profile
		"8005 7C00 100101 9000",                    // three bytes of locator
		"8006 7C00 00010100 9000",                  // file 0
		"8006 7C00 F8010100 9000",                  // file 31
		"8006 7C00 11010100 9000",                  // low bits
		"8006 7C00 10000100 9000",                  // record 0
		"8006 7C00 10020100 9000",                  // last before first
		"8006 7C00 10010102 9000",                  // covers two of one
		"8006 7C00 10014100 9000",                  // 65 records
		"7708 8201 7C 94 0410010100 9000",          // profile of one byte
		"7704 8202 7C00 9000",                      // no locator
		"7703 8205 7C 9000",                        // cut
		"6F00 9000",                                // another template
		"80",                                       // no status word
		strings.Repeat("00", emv.MaxResponse+1),    // too long
		"77 0C 8202 7C00 94 06 10010100 1001 9000", // locator of six bytes
	} {
		n := 0
		end := drive(kernel(t), func(emv.Send) []byte {
			n++
			if n == 5 {
				return unhex(t, bad)
			}
			return unhex(t, usual()[n-1].answer)
		}, owner{})
		if end.Ending != emv.BadCard || !end.ChipFailed || n != 5 {
			t.Errorf("%s: ended %+v after %d APDUs", bad, end, n)
		}
	}
}

// TestFormat2: the other format of both answers, and a file that EMV does not define.
func TestFormat2(t *testing.T) {
	d := usual()
	d[4].answer = "770E 8202 7C00 9408 10010200 B0010100 9000"
	d = append(d[:7], line{"00B201B400", "AABBCC 9000"},
		line{firstAC("80", "8000040000"), "771E 9F270180 9F36020005 9F2608A1A2A3A4A5A6A7A8 9F100707010103A00000 9000"},
		line{secondAC("00", "5A33", "8000040000"), "6F00"})
	if end, _ := play(t, kernel(t), d, owner{pin: emv.PINEntered}); end.Ending != emv.Unreached {
		t.Errorf("ended %+v", end)
	}
}

// TestDataObjectList: values are cut and filled as their format says.
func TestDataObjectList(t *testing.T) {
	const list = "8C1D 9F0203 9F0208 9A02 9F3702 9F3706 5A0A 5A04 9F1E0A 7002 DF0102 9F7A01"
	const want = "012850" + "0000000000012850" + "1128" + "0102" + "010203040000" + "6225880000000019FFFF" + "62258800" +
		"52454144455230310000" + "0000" + "0000" + "00"
	d := usual()
	d[5].answer, d[6].answer = record(pan, expiry, list, cdol2), record(onlinePIN)
	d[7] = line{fmt.Sprintf("80AE8000%02X%s00", len(want)/2, want), "6F00"}
	play(t, kernel(t), d, owner{pin: emv.PINEntered})
}

// TestTooMuch: more objects, or longer answers, than a card may have.
func TestTooMuch(t *testing.T) {
	many := func(tags string, from, n int) string {
		all := ""
		for i := range n {
			all += fmt.Sprintf("%s%02X00", tags, from+i)
		}
		return record(all)
	}
	long := "70820101" + "DF01" + "81FD" + strings.Repeat("00", 253) + "9000"
	for name, records := range map[string][]string{
		"objects": {many("DF", 0x00, 60), many("DF", 0x40, 60), many("9F", 0x50, 40)},
		"bytes":   {long},
	} {
		t.Run(name, func(t *testing.T) {
			d := usual()
			n := 0
			end := drive(kernel(t), func(s emv.Send) []byte {
				n++
				switch {
				case s.Command == emv.GetProcessingOptions:
					return unhex(t, "8006 7C00 10010800 9000")
				case s.Command == emv.ReadRecord:
					return unhex(t, records[n-6])
				}
				return unhex(t, d[n-1].answer)
			}, owner{})
			if !errors.Is(end.Err, emv.ErrBounds) || n != 5+len(records) {
				t.Errorf("ended %+v after %d APDUs", end, n)
			}
		})
	}
}
