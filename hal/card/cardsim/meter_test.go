package cardsim

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func testMeter() *MeterCard {
	return NewMeterCard(Holder{Serial: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, MeterNo: "123456", CustomerNo: "000000654321", Fen: 5000, Count: 3, CardType: 1})
}

func TestMeterFiles(t *testing.T) {
	m := testMeter()
	for name, size := range map[string]int{
		FileSerial: 9, FilePublic: 39, FileParam: 45, FilePurse: 8, FileTariff: 258, FileTariff2: 258, FileReturned: 49,
	} {
		if got := len(m.Files[name]); got != size {
			t.Errorf("%s has %d bytes, want %d", name, got, size)
		}
	}
	param := m.Files[FileParam]
	if got := hex.EncodeToString(param[:4]); got != "68010027" {
		t.Errorf("parameter file begins %s", got)
	}
	if got := hex.EncodeToString(param[30:42]); got != "000000123456000000654321" {
		t.Errorf("meter and customer number %s", got)
	}
	var sum byte
	for _, b := range param[1:43] {
		sum += b
	}
	if param[43] != sum || param[44] != 0x16 {
		t.Errorf("parameter file ends % X, want sum %02X and 16", param[43:], sum)
	}
	if fen, count := m.Purse(); fen != 5000 || count != 3 {
		t.Errorf("purse %d, %d", fen, count)
	}
}

// exchange sends an APDU and compares.
func exchange(t *testing.T, m Processor, apdu, want string) []byte {
	t.Helper()
	got := m.Transmit(unhex(t, apdu))
	if w := unhex(t, want); !bytes.Equal(got, w) {
		t.Errorf("%s answered % X, want % X", apdu, got, w)
	}
	return got
}

func TestMeterCommands(t *testing.T) {
	m := testMeter()
	if m.Transmit(unhex(t, "00B0990108")) != nil {
		t.Error("a card without power answered")
	}
	if m.Reset(true) != nil {
		t.Error("a warm reset worked without power")
	}
	m.Reset(false)
	for _, tt := range [][2]string{
		{"00B0990108", "0102030405060708 9000"},
		{"00B0990100", "6C08"},
		{"00B0990109", "6C08"},
		{"00B0990901", "6B00"},
		{"00B0820008", "6A82"}, // not in the MF
		{"00B0000001", "6985"}, // nothing selected
		{"00A4000002DF01", "6106"},
		{"00C0000005", "6C06"},
		{"00C0000006", "6F048402DF01 9000"},
		{"00C0000006", "6985"},
		{"00B0820008", "0000138800000003 9000"},
		{"00A40000020003", "6106"}, // EF03
		{"00B0000004", "680100FC 9000"},
		{"00B0010003", "6C02"},
		{"00B0010201", "6B00"},
		{"00A40000020077", "6A82"},
		{"00A4040002DF01", "6A86"},
		{"0084000009", "6700"},
		{"80CA000000", "6E00"},
		{"00CA000000", "6D00"},
		{"000000", "6700"},
		{"00A4000003DF01", "6700"},
		{"008800010811223344556677", "6700"},
		{"00D6820008" + "0000000000000000", "6982"},
		{"04D682000C" + "0000000000000000" + "00000000", "6982"},
	} {
		exchange(t, m, tt[0], tt[1])
	}
	if fen, _ := m.Purse(); fen != 5000 {
		t.Errorf("purse %d", fen)
	}
}

// TestTestAlgorithm: figures computed apart from this code (Python hashlib).
func TestTestAlgorithm(t *testing.T) {
	var key [16]byte
	copy(key[:], bytes.Repeat([]byte{0x11}, 16))
	serial := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	if got := hex.EncodeToString(TestAuth(key, KeyInternal, serial, unhex(t, "A0A1A2A3A4A5A6A7"))); got != authVector {
		t.Errorf("TestAuth = %s, want %s", got, authVector)
	}
	if got := hex.EncodeToString(TestMAC(key, serial, unhex(t, "C0C1C2C3"), unhex(t, "04D682000C0000271000000004"))); got != macVector {
		t.Errorf("TestMAC = %s, want %s", got, macVector)
	}
}

func TestInternalAuth(t *testing.T) {
	m := testMeter()
	m.Reset(false)
	exchange(t, m, "0088000108A0A1A2A3A4A5A6A7", "6108")
	exchange(t, m, "00C0000008", authVector+"9000")
	exchange(t, m, "0088000208A0A1A2A3A4A5A6A7", "6A86")
}

// trusted brings the card to where it takes updates.
func trusted(t *testing.T, m *MeterCard) {
	t.Helper()
	m.Reset(false)
	exchange(t, m, "00A4000002DF01", "6106")
	c := m.Transmit(unhex(t, "0084000008"))[:8]
	if got := m.Transmit(append(unhex(t, "0082000208"), TestAuth(m.Key, KeyExternal, m.Serial(), c)...)); !bytes.Equal(got, []byte{0x90, 0}) {
		t.Fatalf("EXTERNAL AUTHENTICATE answered % X", got)
	}
}

func secure(m *MeterCard, challenge []byte, headerAndData []byte) []byte {
	return append(bytes.Clone(headerAndData), TestMAC(m.Key, m.Serial(), challenge, headerAndData)...)
}

func TestSecureUpdate(t *testing.T) {
	m := testMeter()
	trusted(t, m)
	purse := unhex(t, "04D682000C0000271000000004")
	if got := m.Transmit(secure(m, make([]byte, 4), purse)); !bytes.Equal(got, []byte{0x69, 0x85}) {
		t.Errorf("without a challenge: % X", got)
	}
	challenge := m.Transmit(unhex(t, "0084000004"))[:4]
	if got := m.Transmit(secure(m, make([]byte, 4), purse)); !bytes.Equal(got, []byte{0x69, 0x88}) {
		t.Errorf("MAC over another challenge: % X", got)
	}
	if got := m.Transmit(secure(m, challenge, purse)); !bytes.Equal(got, []byte{0x69, 0x85}) {
		t.Errorf("after a wrong MAC: % X", got)
	}
	if fen, count := m.Purse(); fen != 5000 || count != 3 {
		t.Fatalf("purse %d, %d after refused updates", fen, count)
	}
	challenge = m.Transmit(unhex(t, "0084000004"))[:4]
	tariff := append(unhex(t, "04D6838086"), bytes.Repeat([]byte{0xAB}, 0x82)...)
	for _, apdu := range [][]byte{purse, tariff} {
		if got := m.Transmit(secure(m, challenge, apdu)); !bytes.Equal(got, []byte{0x90, 0}) {
			t.Errorf("% X…: % X", apdu[:5], got)
		}
	}
	if fen, count := m.Purse(); fen != 10000 || count != 4 {
		t.Errorf("purse %d, %d", fen, count)
	}
	if f := m.Files[FileTariff]; f[0x7F] == 0xAB || f[0x80] != 0xAB || f[257] != 0xAB {
		t.Error("the second part of the tariff is not where it belongs")
	}
	m.StrictChallenge = true
	if got := m.Transmit(secure(m, challenge, purse)); !bytes.Equal(got, []byte{0x90, 0}) {
		t.Errorf("strict, first: % X", got)
	}
	if got := m.Transmit(secure(m, challenge, purse)); !bytes.Equal(got, []byte{0x69, 0x85}) {
		t.Errorf("strict, second: % X", got)
	}
}

func TestExternalAuthBlocks(t *testing.T) {
	m := testMeter()
	m.Reset(false)
	wrong := "0082000208" + "0000000000000000"
	exchange(t, m, wrong, "6985") // no challenge
	for _, want := range []string{"63C4", "63C3", "63C2", "63C1", "63C0", "6983"} {
		m.Transmit(unhex(t, "0084000008"))
		exchange(t, m, wrong, want)
	}
}

func TestUpdateTorn(t *testing.T) {
	seen := map[uint32]bool{}
	for seed := range uint64(20) {
		m := testMeter()
		m.SetTear(TearSeeded, seed)
		trusted(t, m)
		c := m.Transmit(unhex(t, "0084000004"))[:4]
		apdu := secure(m, c, unhex(t, "04D682000C0000271000000004"))
		m.CutAfter(0)
		for range 2 {
			if m.Transmit(apdu) != nil {
				t.Fatal("a card without power answered")
			}
		}
		fen, count := m.Purse()
		if !(fen == 5000 && count == 3 || fen == 10000 && count == 4) {
			t.Fatalf("purse %d, %d: neither old nor new", fen, count)
		}
		seen[fen] = true
		m.Reset(false)
		exchange(t, m, "00A4000002DF01", "6106")
		exchange(t, m, "04D682000C"+"0000000000000000"+"00000000", "6982") // trust is gone
	}
	if len(seen) != 2 {
		t.Errorf("20 seeds left only %v", seen)
	}
}

// Figures of TestTestAlgorithm.
const (
	authVector = "3d8571b9551062d1"
	macVector  = "b52c05a7"
)
