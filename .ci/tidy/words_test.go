package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// word is what is not said, and what is said in its place: one word for one thing,
// so that a customer, a technician and a clerk who speak on the phone mean the same.
type word struct {
	never *regexp.Regexp
	say   string
}

func say(never, instead string) word { return word{regexp.MustCompile(never), instead} }

// chinese holds for every Chinese text of the product: screens, slips, voice, pages of
// head office, command lines.
var chinese = []word{
	say(`钱箱|现金箱|钞票箱`, "钞箱"),
	say(`纸币器|纸币识别器|识钞器|验钞器|纸币接收器`, "识币器"),
	say(`箱门|舱门`, "机柜门"),
	say(`机箱|机身`, "机柜"),
	say(`凭条|凭据|小票|收据|票据`, "凭证"),
	say(`系统凭证号|凭证号|入账号|入账凭证`, "入账编号"),
	say(`电卡用户|卡表客户|电卡表`, "卡表用户"),
	say(`用户户号|用户编号|客户编号|用电户号`, "户号"),
	say(`(^|[^宝])交易号|交易流水|序列号`, "流水号"), // 支付宝交易号 is what Alipay calls its own
	say(`PIN 码|\bPIN\b`, "密码"),
	say(`挑战码|挑战数`, "请求码"),
	say(`验证码|口令|动态码|一次性密码`, "授权码"),
	say(`投币|投入现金|放入现金|放入纸币`, "投入纸币"),
	say(`退币`, "退回 / 退还"),
	say(`预存|预付`, "预收"),
	say(`二维码支付|扫码付`, "扫码"),
}

// english holds for every English text of a dictionary.
var english = []word{
	say(`(?i)\bcash ?box|\bstacker\b|\bcash cassette`, "cassette"),
	say(`(?i)\b(bill|note|banknote) (acceptor|reader|detector)|(^|the |a )validator\b`, "note validator"),
	say(`(?i)\bbanknotes?\b`, "note"),
	say(`(?i)\bone-time (code|password)|\bresponse code`, "authorisation code"),
	say(`(?i)\bchallenge\b`, "request code"),
	say(`(?i)\bvouchers?\b|\bticket\b`, "slip"),
	say(`(?i)\bto advance\b|\bprepaid\b`, "credit on account"),
	say(`(?i)\bbooking no|\bMIS reference`, "reference"),
}

// customers holds besides for what customers read and hear in English.
var customers = []word{
	say(`(?i)\bserial\b|\btransaction (number|no)`, "receipt number"),
	say(`(?i)\btender\b`, "paid by / cash"),
	say(`(?i)\barrears\b`, "owed"),
	say(`(?i)\bpost(ed|ing)?\b`, "booked to your account"),
	say(`(?i)\b(the|our) office\b|\bservice centre`, "a service hall"),
	say(`CNY|RMB`, "¥"),
}

// dictionaries are the files whose texts are checked in English, and whether customers
// read them.
var dictionaries = map[string]bool{
	"firmware/page/words.go":            true,
	"firmware/screen/text.go":           true,
	"firmware/voice/cue.go":             true,
	"payments/posp/words.go":            true,
	"payments/receipt/words.go":         true,
	"firmware/condition/table.go":       true,
	"uplink/office/web/words.go":        false,
	"uplink/office/web/wordsrollout.go": false,
	"uplink/office/web/wordsstaff.go":   false,
}

var (
	han = regexp.MustCompile(`\p{Han}`)
	key = regexp.MustCompile(`^[a-z0-9.-]*$`) // a name within the program
)

func TestOneWordForOneThing(t *testing.T) {
	seen := 0
	missing := maps.Clone(dictionaries)
	eachFile(t, func(_, file string, f *ast.File) {
		customer, dictionary := dictionaries[file]
		delete(missing, file)
		for _, s := range textsOf(f) {
			switch {
			case han.MatchString(s):
				seen++
				check(t, file, s, chinese)
			case dictionary && !key.MatchString(s):
				seen++
				check(t, file, s, english)
				if customer {
					check(t, file, s, customers)
				}
			}
		}
	})
	for _, folder := range []string{"firmware/screen/templates", "firmware/screen/static", "uplink/office/web/page", "uplink/office/web/asset", "firmware/cmd/kiosklab"} {
		eachPage(t, folder, func(file, text string) {
			for line := range strings.Lines(text) {
				if han.MatchString(line) {
					seen++
					check(t, file, strings.TrimSpace(line), chinese)
				}
			}
		})
	}

	for file := range missing {
		t.Errorf("%s is not there: say where its texts are now", file)
	}
	if seen < 1000 {
		t.Errorf("only %d texts were found: the rule looks in the wrong places", seen)
	}
}

// TestTheWordsAreBanned tries the rule itself: what each of these says is refused, and
// the message names the right word.
func TestTheWordsAreBanned(t *testing.T) {
	for _, c := range []struct {
		rule       []word
		text, want string
	}{
		{chinese, "钱箱已满", "钞箱"},
		{chinese, "纸币识别器故障", "识币器"},
		{chinese, "箱门打开", "机柜门"},
		{chinese, "请取走凭条", "凭证"},
		{chinese, "系统凭证号", "入账编号"},
		{chinese, "电卡用户", "卡表用户"},
		{chinese, "用户户号", "户号"},
		{chinese, "请输入 PIN 码", "密码"},
		{chinese, "挑战码", "请求码"},
		{chinese, "一次性口令", "授权码"},
		{chinese, "顾客正在投币", "投入纸币"},
		{english, "Cash box full", "cassette"},
		{english, "the validator is jammed", "note validator"},
		{english, "One-time code", "authorisation code"},
		{english, "To advance", "credit on account"},
		{customers, "Please note the serial", "receipt number"},
		{customers, "Money received, posting follows", "booked to your account"},
	} {
		if got := wrong(c.text, c.rule); len(got) != 1 || got[0].say != c.want {
			t.Errorf("%s: %v, want one: say %s", c.text, got, c.want)
		}
	}
	for _, right := range []string{"机柜门已打开", "钞箱已满或已取出", "识币器不可用", "请拍下流水号，凭它补打凭证。"} {
		if got := wrong(right, chinese); len(got) > 0 {
			t.Errorf("%s is refused: say %s", right, got[0].say)
		}
	}
}

// foreign are turns of phrase that no native speaker would write in a comment or in the
// message of a test, with what they mean. None is left: keep it so.
var foreign = []word{
	say(`(?i)\b(that|which|who) (is|are) none\b`, "malformed / not a …"),
	say(`(?i)\b(is|are) no reason to\b`, "all the same / without …"),
	say(`(?i)\bbehind (a|the|an) (fault|restart|loan|reset)\b`, "after"),
	say(`(?i)\bbehind the last\b`, "after the last"),
	say(`(?i)\bstands? for (no|none)\b`, "means that there is no"),
	say(`(?i)\bis somebody who\b`, "name the thing"),
	say(`(?i)\bis what is known about\b`, "is what … knows about"),
	say(`(?i)\bwhat nobody set\b`, "an unset"),
}

// TestCommentsAreEnglish is a ratchet: what was mended does not come back.
func TestCommentsAreEnglish(t *testing.T) {
	eachPage(t, ".", func(file, text string) {
		if filepath.Ext(file) != ".go" || strings.HasPrefix(file, ".ci/") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range f.Comments {
			check(t, file, strings.Join(strings.Fields(group.Text()), " "), foreign)
		}
	})
}

func check(t *testing.T, file, text string, rules []word) {
	t.Helper()
	for _, w := range wrong(text, rules) {
		t.Errorf("%s: %q: not %q, say: %s", file, text, w.never.FindString(text), w.say)
	}
}

func wrong(text string, rules []word) []word {
	var all []word
	for _, w := range rules {
		if w.never.MatchString(text) {
			all = append(all, w)
		}
	}

	return all
}

// textsOf are the string literals of a file that are no keys, import paths or tags.
func textsOf(f *ast.File) []string {
	var all []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return n.Tag == nil
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.BasicLit); ok && key.Kind == token.STRING {
				ast.Inspect(n.Value, func(v ast.Node) bool { all = append(all, literal(v)...); return true })

				return false
			}
		}
		all = append(all, literal(n)...)

		return true
	})

	return all
}

func literal(n ast.Node) []string {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return nil
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil
	}

	return []string{s}
}

// eachPage visits the text files below a folder of the tree, by their paths.
func eachPage(t *testing.T, folder string, visit func(file, text string)) {
	t.Helper()
	kinds := []string{".go", ".html", ".js", ".css"}
	top := root(t)
	err := filepath.WalkDir(filepath.Join(top, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "testdata" || d.Name() == ".git" {
				return filepath.SkipDir
			}

			return nil
		}
		if !slices.Contains(kinds, filepath.Ext(path)) {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(rel), string(b))

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
