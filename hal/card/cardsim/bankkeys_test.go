package cardsim

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// vectors are what openssl computed; testdata/bankkeys.sh says how.
func vectors(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("testdata/bankkeys.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = value
	}

	return all
}

func TestBankKeys(t *testing.T) {
	const pan, sequence = "6225880000000019", "01"
	masters := TestMasters()
	pboc, common, sm4 := BankAlgorithm{}, BankAlgorithm{Common: true}, BankAlgorithm{SM4: true}
	des := pboc.CardKey(masters.Key, pan, sequence)
	four := sm4.CardKey(masters.Key, pan, sequence)
	cryptogram := [8]byte(unhex(t, "A1A2A3A4A5A6A7A8"))
	data := unhex(t, "000000012850 000000000000 0156 8000040000 0156 261128 00 01020304 1C00 0005 03A00000")
	mac := func(a BankAlgorithm, key BankKey) []byte {
		sum := a.MAC(a.SessionKey(key, 5), data)
		return sum[:]
	}
	response := func(a BankAlgorithm, key BankKey) []byte {
		sum := a.Response(a.SessionKey(key, 5), cryptogram, [2]byte{'0', '0'})
		return sum[:]
	}
	key := func(k BankKey) []byte { return k[:] }
	seal := func(a BankAlgorithm) []byte {
		card := a.CardKey(masters.Secrecy, pan, sequence)
		return a.Seal(a.ScriptKey(card, 5, cryptogram), unhex(t, "26123456FFFFFFFF"))
	}
	card := NewBankApplication(pan, sequence, pboc)
	card.ATC = 5

	got := map[string][]byte{
		"card-des":       key(des),
		"card-sm4":       key(four),
		"session-common": key(common.SessionKey(des, 5)),
		"session-pboc":   key(pboc.SessionKey(des, 5)),
		"session-sm4":    key(sm4.SessionKey(four, 5)),
		"script-common":  key(common.ScriptKey(des, 5, cryptogram)),
		"arqc-pboc":      mac(pboc, des),
		"arqc-common":    mac(common, des),
		"arqc-sm4":       mac(sm4, four),
		"arpc-pboc":      response(pboc, des),
		"arpc-sm4":       response(sm4, four),
		"block-mac":      card.scriptMAC(cryptogram, [4]byte{0x84, 0x1E}, nil),
		"pin-des":        seal(pboc),
		"pin-sm4":        seal(sm4),
		"sm4-example":    sm4.ecb(masters.Key, masters.Key[:]),
		"sm4-opened":     sm4.Decipher(masters.Key, unhex(t, "00112233445566778899AABBCCDDEEFF")),
	}
	want := vectors(t)
	for name, value := range want {
		if hex.EncodeToString(got[name]) != value {
			t.Errorf("%s is %x, want %s", name, got[name], value)
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d values of openssl, %d here", len(want), len(got))
	}
	if want["sm4-example"] != "681edf34d206965e86b3e94f536e4246" { // printed in GB/T 32907-2016
		t.Errorf("the standard's example is %s", want["sm4-example"])
	}
}

// TestRetailMACOfOneBlock: the published example of ISO/IEC 9797-1's algorithm 3 is of
// longer data; of one block, the MAC is triple DES itself.
func TestRetailMACOfOneBlock(t *testing.T) {
	a, key := BankAlgorithm{}, TestMasters().Key
	sum := a.MAC(key, nil)
	if want := a.ecb(key, unhex(t, "8000000000000000")); !bytes.Equal(sum[:], want) {
		t.Errorf("%X, want %X", sum, want)
	}
}

func TestSealOpens(t *testing.T) {
	for _, a := range []BankAlgorithm{{}, {SM4: true}} {
		for _, n := range []int{0, 1, 7, 8, 15, 16} {
			secret := bytes.Repeat([]byte{7}, n)
			got, ok := a.Open(TestMasters().Key, a.Seal(TestMasters().Key, secret))
			if !ok || !bytes.Equal(got, secret) {
				t.Errorf("%+v: %d bytes opened as %X, %v", a, n, got, ok)
			}
		}
		if _, ok := a.Open(TestMasters().Key, make([]byte, 7)); ok {
			t.Error("half a block was opened")
		}
	}
}
