package config

import (
	"strings"
	"unicode/utf8"
)

// maxSiteText is how many characters a line about the place has at most: what two
// lines of a roll of 32 columns hold.
const maxSiteText = 32

func (p *problems) site(s Site) {
	for key, text := range map[string]string{"utility": s.Utility, "name": s.Name, "address": s.Address, "hotline": s.Hotline, "hours": s.Hours} {
		if utf8.RuneCountInString(text) > maxSiteText || !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\t") {
			p.add("site."+key, "%.80q is not one line of at most %d characters", text, maxSiteText)
		}
	}
}
