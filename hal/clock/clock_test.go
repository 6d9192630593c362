package clock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/hal/clock"
)

type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

func TestTrust(t *testing.T) {
	dir := t.TempDir()
	for name, value := range map[string]string{"kept": "1\n", "lost": "0\n"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "hctosys"), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	broken := errors.New("no adjtimex")
	tests := []struct {
		name  string
		year  int
		sync  bool
		err   error
		rtc   string
		want  clock.Trust
		value uint8
	}{
		{"lost clock", 1970, false, nil, "", clock.Untrusted, 0},
		{"lost clock that claims to be synchronised", 2024, true, nil, "", clock.Untrusted, 0},
		{"synchronised", 2025, true, nil, "", clock.Synchronised, 2},
		{"not synchronised", 2026, false, nil, "", clock.RTC, 1},
		{"kernel does not say", 2026, true, broken, "", clock.RTC, 1},
		{"kept by the battery clock", 2026, false, nil, "kept", clock.RTC, 1},
		{"battery clock not used", 2026, false, nil, "lost", clock.Untrusted, 0},
		{"no battery clock", 2026, false, nil, "absent", clock.Untrusted, 0},
		{"no battery clock, synchronised", 2026, true, nil, "absent", clock.Synchronised, 2},
	}
	for _, tt := range tests {
		s := clock.Source{
			Clock:  fixed(time.Date(tt.year, 7, 1, 0, 0, 0, 0, time.UTC)),
			Kernel: func() (bool, error) { return tt.sync, tt.err },
		}
		if tt.rtc != "" {
			s.RTC = filepath.Join(dir, tt.rtc)
		}
		got, err := s.Trust()
		if got != tt.want || uint8(got) != tt.value || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %v; want %v (%d), %v", tt.name, got, err, tt.want, tt.value, tt.err)
		}
	}
}

func TestAdjtimexAnswers(t *testing.T) {
	if _, err := clock.Adjtimex(); err != nil {
		t.Errorf("Adjtimex: %v", err)
	}
}

func TestTrustNames(t *testing.T) {
	for i, want := range []string{"untrusted", "rtc", "synchronised", "Trust(3)"} {
		if got := clock.Trust(i).String(); got != want {
			t.Errorf("Trust(%d) = %q, want %q", i, got, want)
		}
	}
}
