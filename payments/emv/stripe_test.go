package emv_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/emv"
)

func TestReadStripe(t *testing.T) {
	for _, tt := range []struct{ track, want string }{
		{"6225880000000043=30121010000000000000", "6225880000000043 3012 101"},
		{"6225880000000000019=30122200000", "6225880000000000019 3012 220"},
		{"622588000001=0000120", "622588000001 0000 120"}, // no expiry
	} {
		in := emv.Secret(tt.track)
		s, err := emv.ReadStripe(in)
		if err != nil {
			t.Fatalf("%s: %v", tt.track, err)
		}
		if got := fmt.Sprintf("%s %s %s", []byte(s.PAN), []byte(s.Expiry), []byte(s.Service)); got != tt.want || string(s.Track2) != tt.track {
			t.Errorf("%s: %s, want %s", tt.track, got, tt.want)
		}
		pan := s.PAN
		s.Wipe()
		if !bytes.Equal(pan, make([]byte, len(pan))) || string(in) != tt.track {
			t.Errorf("after wiping: copy %q, the caller's %q", []byte(pan), []byte(in))
		}
	}
}

func TestReadStripeRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "=", "6225880000000043", "6225880000000043=301210", "62258800000=3012101", "62258800000000000190=3012101",
		"6225880000000043=3013101", "6225880000000043=3000101", "6225880000000043=30121X1", "622588000000004A=3012101",
		"6225880000000043=3012101=0", "6225880000000043D3012101", "6225880000000043=" + strings.Repeat("0", 21),
	} {
		if s, err := emv.ReadStripe(emv.Secret(bad)); !errors.Is(err, emv.ErrStripe) || s.PAN != nil || err.Error() != "stripe is not a bank card's" {
			t.Errorf("%q: %v, %v", bad, s, err)
		}
	}
}

// TestStripeRule: a chip goes first, until it has failed often enough.
func TestStripeRule(t *testing.T) {
	never, thrice := emv.StripeRule{Allowed: true}, emv.StripeRule{Allowed: true, Failures: 3}
	for _, tt := range []struct {
		service  string
		rule     emv.StripeRule
		failures int
		want     error
	}{
		{"101", never, 0, nil},
		{"120", emv.StripeRule{}, 0, emv.ErrStripeRefused},
		{"120", emv.StripeRule{Failures: 3}, 9, emv.ErrStripeRefused},
		{"220", never, 99, emv.ErrChipFirst},
		{"620", never, 0, emv.ErrChipFirst},
		{"201", thrice, 2, emv.ErrChipFirst},
		{"201", thrice, 3, nil},
		{"601", thrice, 3, nil},
		{"201", emv.StripeRule{Failures: 1}, 1, nil},
		{"501", never, 0, nil},
	} {
		s, err := emv.ReadStripe(emv.Secret("6225880000000043=3012" + tt.service))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Usable(tt.rule, tt.failures); !errors.Is(got, tt.want) {
			t.Errorf("%s after %d failures under %+v: %v, want %v", tt.service, tt.failures, tt.rule, got, tt.want)
		}
	}
}

func TestStripeExpires(t *testing.T) {
	at := time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)
	for expiry, want := range map[string]bool{"2611": false, "2610": true, "2612": false, "2512": true, "0000": false, "4912": false, "9912": true} {
		s, err := emv.ReadStripe(emv.Secret("6225880000000043=" + expiry + "101"))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Expired(at); got != want {
			t.Errorf("%s: expired is %v", expiry, got)
		}
	}
	if (emv.Stripe{}).Expired(at) || (emv.Stripe{}).Chip() {
		t.Error("an empty stripe has expired or has a chip")
	}
}

// FuzzReadStripe: what is read is what the track says, in order.
func FuzzReadStripe(f *testing.F) {
	f.Add("6225880000000043=30121010000000000000")
	f.Add("6225880000000000019=0000220")
	f.Add("=")
	f.Fuzz(func(t *testing.T, track string) {
		s, err := emv.ReadStripe(emv.Secret(track))
		if err != nil {
			return
		}
		if !strings.HasPrefix(track, string(s.PAN)+"="+string(s.Expiry)+string(s.Service)) || len(track) > 37 {
			t.Fatalf("read %d, %d and %d bytes", len(s.PAN), len(s.Expiry), len(s.Service))
		}
	})
}
