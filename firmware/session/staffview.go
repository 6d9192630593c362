package session

// offerStaff adds the technician's way in where a stick is plugged in.
func offerStaff(v *View, m Machine) {
	if m.Env.Stick.There() {
		v.act("staff", true, false, nil)
	}
}

// drawStaff draws the technician's screens.
func drawStaff(v *View, s State, m Machine) {
	f := v.Fields
	if s.Staff.Person.Number != "" {
		f["staff_number"], f["staff_name"] = s.Staff.Person.Number, s.Staff.Person.Name
	}
	switch s.Screen {
	case StaffLogin:
		f["challenge"], f["waiting"] = s.Staff.Challenge, s.Waiting
		if s.Waiting {
			f["waiting_text"] = v.say("staff.checking")
		}
		v.act("staff-login", !s.Waiting && s.Staff.Challenge != "", true, nil)
		v.act("staff-leave", true, false, nil)
	case StaffStick:
		drawOffers(v, m.Env.Stick)
		v.act("staff-leave", true, false, nil)
	case StaffConfirm:
		o, _ := m.Env.Stick.Offer(s.Staff.File)
		f["offer"], f["hint"] = m.Env.Stick.view(o, s.Lang), v.say("hint.staff-confirm")
		v.Actions = append(v.Actions, Action{"confirm", v.say("action.staff-confirm"), true, true, nil})
		v.act("back", true, false, nil)
		v.act("staff-leave", true, false, nil)
	case StaffProgress:
		drawProgress(v, s, m.Env.Stick)
	case StaffResult:
		drawOutcome(v, s)
		v.act("staff-leave", true, true, nil)
	}
}

func drawOffers(v *View, k Stick) {
	f := v.Fields
	f["phase"] = string(k.Phase)
	switch k.Phase {
	case StickReading, StickEmpty:
		f["message"] = v.say("stick." + string(k.Phase))
	}
	offers := []OfferView{}
	for _, o := range k.Offers {
		offers = append(offers, k.view(o, v.Lang))
		if o.Refused == "" && k.Phase == StickOffered {
			v.Actions = append(v.Actions, Action{"staff-install", v.say("action.staff-install"), true, true, map[string]string{"file": o.File}})
		}
	}
	f["offers"] = offers
}

func drawProgress(v *View, s State, k Stick) {
	f := v.Fields
	f["percent"], f["message"], f["hint"] = 0, v.say("staff.installing"), v.say("hint.staff-progress")
	if k.Phase == StickInstalling {
		f["percent"] = min(max(k.Percent, 0), 100)
	}
	if o, ok := k.Offer(s.Staff.File); ok {
		f["offer"] = k.view(o, s.Lang)
	}
}

func drawOutcome(v *View, s State) {
	f := v.Fields
	f["installed"] = s.Staff.Code == ""
	if s.Staff.Detail != "" {
		f["detail"] = s.Staff.Detail
	}
	if s.Staff.Code == "" {
		f["result_text"], f["message"] = v.say("staff.installed"), v.say("staff.installed-next")
		return
	}
	f["result_text"], f["message"] = v.say("staff.failed"), updateText(s.Lang, s.Staff.Code)
	f["code"] = s.Staff.Code
}
