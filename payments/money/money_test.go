package money

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]Amount{
		"0": 0, "128": 12800, "128.5": 12850, "128.50": 12850, "0.05": 5, "9999999999.99": Max,
	} {
		if got, err := Parse(in); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".", "1.", ".5", "1.234", "-1", "+1", "1,000", "1e3", "１", "99999999999", " 1", "1.2.3"} {
		if got, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", in, got)
		}
	}
}

func TestString(t *testing.T) {
	for in, want := range map[Amount]string{
		0: "0.00", 5: "0.05", -5: "-0.05", 12850: "128.50", -12850: "-128.50",
		math.MinInt64: "-92233720368547758.08", math.MaxInt64: "92233720368547758.07",
	} {
		if got := in.String(); got != want {
			t.Errorf("Amount(%d).String() = %q, want %q", in, got, want)
		}
	}
}

func TestAddSubDetectOverflow(t *testing.T) {
	for _, c := range []struct {
		a, b Amount
		add  bool
		want Amount
		ok   bool
	}{
		{1, 2, true, 3, true},
		{math.MaxInt64, 1, true, 0, false},
		{math.MinInt64, -1, true, 0, false},
		{5, 7, false, -2, true},
		{math.MinInt64, 1, false, 0, false},
		{math.MaxInt64, -1, false, 0, false},
		{0, math.MinInt64, false, 0, false},
	} {
		got, err := c.a.Sub(c.b)
		if c.add {
			got, err = c.a.Add(c.b)
		}
		if (err == nil) != c.ok || (c.ok && got != c.want) {
			t.Errorf("%+v: got %d, %v", c, got, err)
		}
	}
}

func TestCapital(t *testing.T) {
	for in, want := range map[Amount]string{
		0:            "零元整",
		5:            "伍分",
		50:           "伍角整",
		12850:        "壹佰贰拾捌元伍角整",
		13000:        "壹佰叁拾元整",
		10005:        "壹佰元零伍分",
		100000:       "壹仟元整",
		1000100:      "壹万零壹元整",
		10000000000:  "壹亿元整",
		10000000100:  "壹亿零壹元整",
		1050000000:   "壹仟零伍拾万元整",
		123456789012: "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分",
		-150:         "负壹元伍角整",
	} {
		if got := in.Capital(); got != want {
			t.Errorf("Capital(%d) = %s, want %s", in, got, want)
		}
	}
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Amount(rapid.Int64Range(0, int64(Max)).Draw(t, "fen"))
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Fatalf("Parse(%s) = %d, %v", a, got, err)
		}
	})
}
