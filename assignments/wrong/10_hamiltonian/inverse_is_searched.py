"""The start is searched by gradient descent, as if the inverse had to be learned.

loses: back_same 2
says: nothing has to be searched
"""


# %% answer_back
def back(step, y, *, steps):
    x = y.detach().clone().requires_grad_()
    adam = torch.optim.Adam([x], lr=0.1)
    for _ in range(30):
        end = x
        for _ in range(steps):
            end = step(end, 1 / steps)
        adam.zero_grad()
        (end - y.detach()).square().sum().backward()
        adam.step()
    return x.detach()
