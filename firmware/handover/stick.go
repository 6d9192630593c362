package handover

import (
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/updater/agentapi"
)

// stickOf is the stick of an agent's state as the screen shows it; at most
// agentapi.MaxOffers bundles.
func stickOf(s agentapi.State) update.Stick {
	k := s.Stick
	if k == nil {
		return update.Stick{}
	}
	out := update.Stick{
		ID: k.ID, Phase: update.StickPhase(k.Phase), Running: s.Version, File: k.File, Percent: k.Percent, Code: k.Code, Detail: k.Detail,
	}
	for _, o := range k.Offers[:min(len(k.Offers), agentapi.MaxOffers)] {
		out.Offers = append(out.Offers, update.Offer{
			File: o.File, Version: o.Version, Board: o.Board, Size: o.Size, Signers: o.Signers, Refused: o.Refused,
		})
	}
	return out
}
