"""Partners by a plan, and partners as nearest neighbours."""

import torch

from udtlib.evaluate.pairings import nearest_is_partner, same_label_share


def test_the_plan_pairs_what_the_cost_calls_near() -> None:
    place = torch.tensor([0.0, 1.0, 10.0, 11.0])
    cost = (place[:, None] - place[None]).square()
    label = torch.tensor([0, 0, 1, 1])
    assert same_label_share(cost, label, label) == 100
    # What lies at 0 goes to 10, and what lies at 1 to 11.
    assert same_label_share(cost[:2, 2:], label[:2], label[2:]) == 0
    assert same_label_share(cost[:2, 2:], label[:2], torch.tensor([0, 1])) == 50


def test_each_answer_is_nearest_to_its_own_translation_only() -> None:
    wanted = torch.eye(5).view(5, 1, 1, 5)
    assert nearest_is_partner(wanted + 0.1, wanted) == 100
    assert nearest_is_partner(wanted.roll(1, 0), wanted) == 0
    assert nearest_is_partner(wanted[[0, 1, 2, 4, 3]], wanted) == 60
