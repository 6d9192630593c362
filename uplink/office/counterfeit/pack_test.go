package counterfeit

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSheet: the page of a pack has all of a case, Chinese first, and no word of a machine.
func TestSheet(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC).UnixMilli()
	c := Case{
		ID: "cf-1", Finding: Finding{Kiosk: "10000001", Site: "=1+1", Found: InVault, FoundAt: at, Until: at, Collection: "10000001000000000002", Text: "@<b>", Notes: []Note{{Value: 10000, Number: "AB1", Kind: Printed}, {Value: 5000, Kind: Spliced}}},
		Stage: StageTakenBack, Terms: Terms{Maker: "Acme"}, Decision: Decision{Bears: ByMaker, Maker: 10000, Owner: 5000, At: at}, Claim: Claim{State: Void},
		Log: []Line{{at, "wang", "found", "-2"}, {at, "office", "escalated", "2 days late: li"}, {at, "zhang, li", "decided", "maker: 合同第 7 条"}, {at, "wang, zhang", "taken-back", "真币"}},
	}
	var b bytes.Buffer
	if err := sheet.Execute(&b, sheetOf(c, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"已撤销（误登） / taken back", "150.00", "金库复点 / later, in the vault · 2026-11-28 09:00:00", "未知 / not known – 2026-11-28 09:00:00", "Acme", "&#39;@&lt;b&gt;",
		"厂商承担 / borne by the maker（100.00 / 50.00）", "已作废 / void", "机制 / printed", "变造 / spliced", "发现 / found</td><td>&#39;-2</td>",
		"逾期 2 天，转交 li / 2 days late: li", "认定 / decided</td><td>厂商承担 / borne by the maker：合同第 7 条", "撤销 / taken back</td><td>真币",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
	if m := regexp.MustCompile(`>(vault|printed|spliced|found|told|visit|decided|taken-back|void|maker)<`).FindString(b.String()); m != "" {
		t.Errorf("it says %q", m)
	}
}

// TestSheetHasWords: each key that a case can have has words.
func TestSheetHasWords(t *testing.T) {
	for group, keys := range map[string][]string{
		"found": {string(AtCount), string(InVault), string(AtBank)},
		"kind":  {string(Printed), string(Copied), string(Spliced), string(Unsure)},
		"stage": {string(StageFound), string(StageTold), string(StageVisited), string(StageDecided), string(StageTakenBack)},
		"bears": {string(ByMaker), string(ByOwner)},
		"claim": {"", string(Claimed), string(Paid), string(Refused), string(Dropped), string(Void)},
		"line":  {"found", "told", "visit", "photo", "escalated", "decided", "claimed", "paid", "refused", "dropped", "taken-back"},
	} {
		for _, key := range keys {
			if !strings.Contains(word(group, key), " / ") {
				t.Errorf("%s.%s has no words", group, key)
			}
		}
	}
}
