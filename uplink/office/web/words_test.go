package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/people"
)

// TestAlarmWords has an alarm of head office's own told in words: Chinese ones and English
// ones. Those of kiosks are in .ci/tidy, which may look at their table.
func TestAlarmWords(t *testing.T) {
	saidInBoth(t, "alarm", "validator paper journal-chain journal-gap")
}

// TestEvidenceWords has every word by which a kiosk says how it knows of a note.
func TestEvidenceWords(t *testing.T) {
	saidInBoth(t, "evidence", "stacked stacked-late stacked-without-order stacked-value-not-told another-value-stacked value-differs-from-escrow power-up-in-stacker returned returned-late another-value-returned another-note-in-escrow no-report-in-time ready-without-report unaccounted-for left-in-path")
}

// TestDeviceDetailsAreSaid has what drivers and the kiosk's programs write as detail in words;
// what else a device says is shown as its own.
func TestDeviceDetailsAreSaid(t *testing.T) {
	n := 0
	for _, root := range []string{"../../../hal", "../../../firmware"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			folder := filepath.Base(filepath.Dir(path))
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(folder, "test") || strings.HasSuffix(folder, "sim") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, text := range details(file) {
				n++
				if said := zh.detail(text); said == text || strings.HasPrefix(said, "设备原文") {
					t.Errorf("%s: %q is not said in Chinese: %s", path, text, said)
				}
			}

			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 20 {
		t.Errorf("only %d details were found", n)
	}
	for text, want := range map[string]string{
		"paper out": "缺纸", "paper out, cover open": "缺纸，机盖打开", "E-47": "设备原文：E-47", "": "", "45.500": "设备原文：45.500",
		"limit: more than 5100.00 yuan, the most of one payment": "超过一笔缴费的上限：超过一笔缴费的上限 5100.00 元",
	} {
		if said := zh.detail(text); said != want {
			t.Errorf("%q: %q, want %q", text, said, want)
		}
	}
}

// details are the literals that a file gives a field Detail.
func details(file *ast.File) []string {
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		pair, is := n.(*ast.KeyValueExpr)
		if !is {
			return true
		}
		key, named := pair.Key.(*ast.Ident)
		text, literal := pair.Value.(*ast.BasicLit)
		if named && literal && key.Name == "Detail" {
			if said, err := strconv.Unquote(text.Value); err == nil && said != "" {
				out = append(out, said)
			}
		}

		return true
	})

	return out
}

// TestTrustIsSaid has what head office says of orders it does not believe, of forks and of
// copies in Chinese to its end.
func TestTrustIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"9900.00 yuan to 1000000002 by cash: more than 5100.00 yuan, the most of one payment":                             "户号 1000000002，9900.00 元，现金：超过一笔缴费的上限 5100.00 元",
		"130.00 yuan to 1000000001 by cash: its serial is of incarnation 57, the kiosk's journal is of 1":                 "户号 1000000001，130.00 元，现金：流水号属第 57 代日志，终端现为第 1 代",
		"130.00 yuan to 1000000001 by cash: closed with 130.00, the notes make 100.00":                                    "户号 1000000001，130.00 元，现金：终端报合计 130.00 元，逐张纸币合计 100.00 元",
		"record 35 was written twice, by two boards with one key: the journal goes on to record 38, its branch 0-1 to 40": "记录 35 由同一密钥的两块主板各写了一次：先到的一份到记录 38，分支 0-1 到记录 40",
		"records 16 to 26: journal chain broken: record 16 differs from the one stored":                                   "记录 16 至 26 不衔接：日志不衔接：记录 16 与已存的不同",
		"posted as the kiosk asked; it was online for 30 minutes since, and no record of the money is here":               "按终端要求入账；此后终端在线 30 分钟，仍无收款记录",
		"two connections take each other's place: from 10.0.0.4 with key 0a1b, and from 10.9.9.9 with key 77ff":           "两个连接互相顶替：来自 10.0.0.4（密钥 0a1b）与 10.9.9.9（密钥 77ff）",
		"not posted, as wang, li ordered: 没有这笔钱":                                                                          "不入账（wang 提出、li 批准）：没有这笔钱",
	} {
		if said := zh.basis(text); said != want {
			t.Errorf("%q:\n%s\nwant\n%s", text, said, want)
		}
	}
}

// TestDutiesAreSaid has every row of the table of who does what in words.
func TestDutiesAreSaid(t *testing.T) {
	for _, d := range people.Duties() {
		saidInBoth(t, "duty", string(d.Act))
	}
}

func saidInBoth(t *testing.T, group, codes string) {
	t.Helper()
	for code := range strings.FieldsSeq(codes) {
		if w := zh.of(group, code); !strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s in Chinese: %q", code, w)
		}
		if w := en.of(group, code); w == code && strings.Contains(code, "-") || strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s in English: %q", code, w)
		}
	}
}

// TestReasonWords has every sentence with which a posting ends, or contradicts its end,
// in Chinese.
func TestReasonWords(t *testing.T) {
	han := func(text string) bool {
		why, _, _ := strings.Cut(zh.basis(text), "（")
		return text != "" && !strings.ContainsFunc(why, func(r rune) bool { return 'a' <= r && r <= 'z' })
	}
	for _, why := range []call.Why{
		call.Refused, call.Exhausted, call.Reverted, call.Undone, call.NeverDone, call.Unsettled, call.UndoRefused, call.Vanished, call.Recalled,
	} {
		for _, card := range []metercard.Facts{{}, {Serial: "0A1B2C3D"}} {
			p := posting.Posting{Payment: mis.Payment{Card: card}, Call: call.Call{State: call.EndUnknown, Why: why}}
			if text := p.Told(); !han(text) {
				t.Errorf("%s: %q", why, zh.basis(text))
			}
		}
	}
	for _, kind := range []call.Testimony{
		call.UndoDenied, call.UndoUnclear, call.Forgotten, call.LateDone, call.LateMisfit, call.LateUndone, call.LateRefused,
	} {
		if text := (posting.Posting{Call: call.Call{Evidence: string(kind) + " 1005 invalid"}}).Testimony(); !han(text) {
			t.Errorf("%s: %q", kind, zh.basis(text))
		}
	}
}
