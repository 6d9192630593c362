package screen

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments/receipt"
)

var rewrite = flag.Bool("update", false, "rewrite the goldens of testdata")

var languages = []receipt.Lang{receipt.Chinese, receipt.English}

func TestFragmentsAreAsInTheGoldens(t *testing.T) {
	p := parsePages("build")
	for _, l := range languages {
		for _, f := range fixtures(l) {
			got, err := p.fragment(f.view, noon)
			if err != nil {
				t.Errorf("%s %s: %v", f.name, l, err)
				continue
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", string(l), f.name+".html")
			if *rewrite {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s (-golden +drawn):\n%s", file, cmp.Diff(string(want), string(got)))
			}
		}
	}
}

var (
	tag     = regexp.MustCompile(`<[^>]*>`)
	keyLike = regexp.MustCompile(`^[a-z]+[a-z0-9]*([.-][a-z0-9-]+)+$`)
	han     = regexp.MustCompile(`\p{Han}+`)
	// technical is what is shown as it is, for a call to head office.
	technical = regexp.MustCompile(`^(.*\.wkb|chunk-damaged|stick-gone)$`)
)

// texts are the pieces of text between the tags.
func texts(fragment []byte) []string {
	var all []string
	for _, s := range tag.Split(string(fragment), -1) {
		if s = strings.TrimSpace(html.UnescapeString(s)); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func TestEveryTextIsTranslated(t *testing.T) {
	p := parsePages("build")
	data := strings.NewReplacer("中文", "", "*建国", "", "*师傅", "", "建设路***号2栋***室", "") // the language button and the customer's data
	for _, l := range languages {
		for _, f := range fixtures(l) {
			b, err := p.fragment(f.view, noon)
			if err != nil {
				t.Fatal(err)
			}
			words := texts(b)
			if len(words) < 5 {
				t.Errorf("%s %s: only %q is on the screen", f.name, l, words)
			}
			for _, s := range words {
				if keyLike.MatchString(s) && !technical.MatchString(s) {
					t.Errorf("%s %s shows the key %q", f.name, l, s)
				}
				if l == receipt.English && han.MatchString(data.Replace(s)) {
					t.Errorf("%s en shows %q", f.name, s)
				}
			}
		}
	}
}

func TestPhrasesAreComplete(t *testing.T) {
	for key, p := range phrases {
		if !han.MatchString(p[0]) || p[1] == "" || han.MatchString(p[1]) {
			t.Errorf("%s: %q, %q", key, p[0], p[1])
		}
	}
	if got := phrase(receipt.English, "no.such"); got != "no.such" {
		t.Errorf("an unknown phrase is %q", got)
	}
}

// The policy of the page forbids styles and scripts within the HTML, and
// anything from elsewhere.
func TestPageKeepsItsOwnPolicy(t *testing.T) {
	p := parsePages("build")
	for _, f := range fixtures(receipt.Chinese) {
		b, err := p.page(f.view, noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range []string{" style=", "<style", " onclick", " onload", "javascript:", "//", "ZgotmplZ", "<no value>", "%!"} {
			if i := bytes.Index(b, []byte(no)); i >= 0 {
				t.Errorf("%s has %q: …%.60s", f.name, no, b[i:])
			}
		}
	}
}

func TestCustomerDataIsEscaped(t *testing.T) {
	all := fixtures(receipt.Chinese)
	v := all[slices.IndexFunc(all, func(f fixture) bool { return f.name == "confirm-account" })].view
	p := v.Fields.(paybill.ConfirmPage)
	p.Name, p.Account = `<script>alert(1)</script>`, `"><img src=x>`
	v.Fields = p
	b, err := parsePages("build").fragment(v, noon)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("<script")) || bytes.Contains(b, []byte("<img")) {
		t.Errorf("not escaped: %s", b)
	}
}

func TestManyNotesAreCounted(t *testing.T) {
	for _, c := range []struct {
		fen  []int64
		want string
	}{
		{nil, "[]"},
		{[]int64{5000, 2000, 5000}, "[{50 1} {20 1} {50 1}]"},
		{[]int64{1000, 1000, 1000, 500, 500, 100, 10000, 100, 100}, "[{100 1} {10 3} {5 2} {1 3}]"},
	} {
		l := Look{}
		l.P = paybill.CashPage{Paid: paybill.Paid{Notes: c.fen}}
		if got := fmt.Sprint(l.Notes()); got != c.want {
			t.Errorf("%v: %s, want %s", c.fen, got, c.want)
		}
	}
}

func TestRemainingTime(t *testing.T) {
	v := fixtures(receipt.Chinese)[0].view
	if got := look(v, noon).RemainingMS(); got != -1 {
		t.Errorf("without a deadline: %d", got)
	}
	for left, want := range map[time.Duration]int64{15 * time.Second: 15000, 1500 * time.Microsecond: 1, -time.Second: 0} {
		d := noon.Add(left)
		v.Deadline = &d
		if got := look(v, noon).RemainingMS(); got != want {
			t.Errorf("%v: %d, want %d", left, got, want)
		}
	}
}

// Kiosks show the page with Chromium or with WPE WebKit 2.38, which lacks these.
func TestOldEngineCanShowThePage(t *testing.T) {
	nesting := regexp.MustCompile(`(?m)^\s*&|:has\(|@container|@layer|[0-9](dvh|svh|cqw)\b`)
	for name, never := range map[string]*regexp.Regexp{
		"base.css": nesting, "screens.css": nesting,
		"touch.js":  regexp.MustCompile(`\(\?<[=!]|structuredClone|\.at\(|popover|importmap`),
		"lone.js":   regexp.MustCompile(`\(\?<[=!]|structuredClone|\.at\(|popover|importmap`),
		"keypad.js": regexp.MustCompile(`\(\?<[=!]|structuredClone|\.at\(|popover|importmap`),
	} {
		b, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if found := never.Find(b); found != nil {
			t.Errorf("%s has %q", name, found)
		}
	}
}
