package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestFramesAndPayCodesPrintAsTheirLength: whatever way they are printed.
func TestFramesAndPayCodesPrintAsTheirLength(t *testing.T) {
	const secret = "6225880123451234"
	var log strings.Builder
	l := slog.New(slog.NewTextHandler(&log, nil))
	f, c := Frame(secret), PayCode(secret)
	l.Info("x", "frame", f, "code", c)
	for _, s := range []string{
		fmt.Sprint(f), fmt.Sprintf("%s %v %+v %#v", f, f, f, f), fmt.Sprintf("%+v", FrameBody{Frame: f}),
		fmt.Sprint(c), fmt.Sprintf("%s %v %+v %#v", c, c, c, c), fmt.Sprintf("%+v", QROrderBody{PayCode: c}), log.String(),
	} {
		if strings.Contains(s, "6225") || !strings.Contains(s, "16") {
			t.Errorf("printed as %q", s)
		}
	}
}

func TestAFrameThatIsNoneIsNotRepeated(t *testing.T) {
	for _, bad := range []string{`{"frame":7}`, `{"frame":"6225880123451234!"}`, `{"frame":"` + strings.Repeat("AAAA", MaxFrame) + `"}`} {
		var r FrameResult
		if err := json.Unmarshal([]byte(bad), &r); err == nil || strings.Contains(err.Error(), "6225") {
			t.Errorf("%.40s: %v", bad, err)
		}
	}
}

// TestDecodeQR: a state counts for the order that was asked about, and for its sum.
func TestDecodeQR(t *testing.T) {
	const serial = "10000001000000000005"
	for body, want := range map[string]QRStatus{
		`{"serial":"10000001000000000005","status":"waiting","code":"wk:1"}`: QRWaiting,
		`{"serial":"10000001000000000005","status":"paid","amount":8640}`:    QRPaid,
		`{"serial":"10000001000000000005","status":"paid","amount":8639}`:    "",
		`{"serial":"10000001000000000005","status":"refunded","amount":1}`:   "",
		`{"serial":"10000001000000000006","status":"paid","amount":8640}`:    "",
		`{"serial":"10000001000000000005","status":"perhaps"}`:               "",
		`{"serial":"10000001000000000005"}`:                                  "",
		`[]`:                                                                 "",
	} {
		s, err := DecodeQR([]byte(body), serial, 8640)
		if s.Status != want || (want == "") != errors.Is(err, ErrMessage) {
			t.Errorf("%s: %q, %v", body, s.Status, err)
		}
	}
}
