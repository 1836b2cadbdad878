"""The columns are normalised first.

loses: plan_greedy 1
says: The columns were divided by their sums
"""


# %% answer_greedy
def greedy(plan):
    return (plan / plan.sum(0)).argmax(1)
