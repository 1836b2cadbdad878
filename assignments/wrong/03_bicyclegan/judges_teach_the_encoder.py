"""Only the code of the prior's translation is data for its judge; the encoded one still teaches its makers.

loses: hybrid_judges 2
says: a fake is data for a judge
"""


# %% answer_judge_terms
def judge_terms(x, y, z, *, players, bricks):
    encoded = players.generator(x, bricks.sample(*players.encoder(y)))
    prior = players.generator(x, z).detach()
    return {
        "encoded": bricks.judge(players.encoded_judge(x, y), players.encoded_judge(x, encoded)),
        "prior": bricks.judge(players.prior_judge(x, y), players.prior_judge(x, prior)),
    }
