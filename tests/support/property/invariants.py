"""What holds for a `Ledger` and its model after every step."""

from __future__ import annotations

import json

from hypothesis.stateful import invariant

from tests.support.clock import utc
from tests.support.model import DECIMALS, Entry, state_of
from tests.support.property.comparisons import state_in, status_of
from tests.support.property.ledger_driver import LedgerDriver


class Invariants(LedgerDriver):
    """Checked after every step."""

    @invariant()
    def the_log_is_the_models(self) -> None:
        lines = [json.loads(line) for line in self.ledger.export_events()]
        header, documents = lines[0], lines[1:]
        assert header["events"] == len(documents) == self.model.head
        assert documents[0]["event_type"] == "BookCreated"
        for entry, document in zip(self.model.log, documents[1:], strict=True):
            text = document.get("text", "")
            opening = entry.event_type == "AccountOpened"
            amount = document["data"].get("amount", document["data"].get("initial_balance", 0))
            assert entry._replace(amount=abs(entry.amount), other=None) == Entry(
                document["position"],
                document["aggregate_id"],
                document["version"],
                document["event_type"],
                amount,
                "" if opening else text,
                utc(document["effective_at"]),
                utc(document["recorded_at"]),
                None,
                text if opening else "",
                document["data"].get("currency", entry.currency),
            )

    @invariant()
    def projections_fold_their_part_of_the_log(self) -> None:
        # What questions catch up follows them, and is compared with the fold in another place.
        kept_up = self.ledger.projections(list(self.checkpoints))
        positions = {view.name: view.checkpoint for view in kept_up}
        lags = {view.name: view.lag for view in kept_up}
        assert positions == self.checkpoints
        assert lags == {
            name: self.model.head - position for name, position in self.checkpoints.items()
        }
        seen = self.model.up_to(self.checkpoints["account_balances"])
        assert [
            (report.account_id, report.balance.minor_units, report.balance.currency, report.version)
            for report in self.ledger.balances()
        ] == [
            (account, state.balance, state.currency, len(seen.entries(account)))
            for account in seen.accounts()
            if (state := seen.state(account)) and state.closed is None
        ]
        seen = self.model.up_to(self.checkpoints["account_summaries"])
        for status in ("all", "active", "closed"):
            assert [
                (row.account_id, row.status, state_in(row)) for row in self.ledger.accounts(status)
            ] == [
                (account, status_of(state), state)
                for account in seen.accounts()
                if (state := seen.state(account)) and status in ("all", status_of(state))
            ]

    @invariant()
    def all_ways_lead_to_the_same_state(self) -> None:
        lag = max(self.model.head - position for position in self.checkpoints.values())
        behind = self.model.head - self.checkpoints["account_summaries"]
        for account in self.model.accounts():
            entries = self.model.entries(account)
            currency = entries[0].currency
            found = self.ledger.agreement(account)
            assert found.holds
            assert found.projection_lag == lag
            assert state_in(found.fold) == state_of(entries)
            assert found.snapshot in (None, found.fold)
            assert (found.projection is None) == bool(behind)
            if found.projection is not None:
                assert state_in(found.projection) == state_in(found.fold)
                assert found.projection.decimals == found.fold.decimals == DECIMALS[currency]
            steps = list(self.ledger.replay(account))
            assert [state_in(step.after) for step in steps] == [
                state_of(entries[:version]) for version in range(1, len(entries) + 1)
            ]
