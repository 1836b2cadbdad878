"""Each y is asked for its x.

loses: plan_greedy 1
says: You asked each y for its x
"""


# %% answer_greedy
def greedy(plan):
    return plan.argmax(0)
