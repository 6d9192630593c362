package broker

import (
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		name, topic         string
		write, read, retain bool
	}{
		{"10000001", "wk/v1/up/10000001/state", true, false, true},
		{"10000001", "wk/v1/up/10000001/rec", true, false, false},
		{"10000001", "wk/v1/up/10000001/req/1", true, false, false},
		{"10000001", "wk/v1/up/10000001/", false, false, false},
		{"10000001", "wk/v1/up/10000001", false, false, false},
		{"10000001", "wk/v1/up/10000001/#", false, false, false},
		{"10000001", "wk/v1/up/10000001/+", false, false, false},
		{"10000001", "wk/v1/up/10000002/state", false, false, false},
		{"10000001", "wk/v1/dn/10000001/ack", false, true, false},
		{"10000001", "wk/v1/dn/10000001/#", false, true, false},
		{"10000001", "wk/v1/dn/_all/#", false, true, false},
		{"10000001", "wk/v1/dn/_all/notice", false, true, false},
		{"10000001", "wk/v1/dn/10000002/ack", false, false, false},
		{"10000001", "wk/v1/dn/+/ack", false, false, false},
		{"10000001", "wk/v1/dn/#", false, false, false},
		{"10000001", "#", false, false, false},
		{"10000001", "$SYS/#", false, false, false},
		{"10000001", "$share/g/wk/v1/dn/10000001/#", false, false, false},
		{"10000001", "wk/v1/up/10000001/" + strings.Repeat("x", 300), false, false, false},
		{"office", "wk/v1/dn/10000001/ack", true, false, true},
		{"office", "wk/v1/dn/_all/notice", true, false, true},
		{"office", "wk/v1/dn/#", false, false, true},
		{"office", "wk/v1/up/#", false, true, true},
		{"office", "wk/v1/up/+/rec", false, true, true},
		{"office", "wk/v1/up/office/rec", false, true, true},
		{"office", "#", false, false, true},
		{"broker", "wk/v1/up/broker/state", false, false, false},
		{"+", "wk/v1/up/+/state", false, false, false},
		{"", "wk/v1/up//state", false, false, false},
	} {
		if w, r, k := mayWrite(c.name, c.topic), mayRead(c.name, c.topic), mayRetain(c.name, c.topic); w != c.write || r != c.read || k != c.retain {
			t.Errorf("%s on %.60s: write %v, read %v, retain %v; want %v, %v, %v", c.name, c.topic, w, r, k, c.write, c.read, c.retain)
		}
	}
}
