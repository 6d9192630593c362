package money

import (
	"encoding/json"
	"testing"
)

func TestOptional(t *testing.T) {
	for _, c := range []struct {
		o    Optional
		text string
	}{{Optional{}, "null"}, {Known(0), "0"}, {Known(12850), "12850"}} {
		b, err := json.Marshal(c.o)
		if err != nil || string(b) != c.text {
			t.Errorf("marshal: %s, %v; want %s", b, err, c.text)
		}

		back := Known(1)
		if err := json.Unmarshal([]byte(c.text), &back); err != nil || back != c.o {
			t.Errorf("unmarshal %s: %+v, %v", c.text, back, err)
		}
	}

	if _, known := (Optional{}).Get(); known {
		t.Error("the zero value is known")
	}
	var o Optional
	if err := json.Unmarshal([]byte("2.5"), &o); err == nil {
		t.Error("half a fen was read")
	}
}
