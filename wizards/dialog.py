def dialog(wizard, title, size=None):
    """The action that shows a wizard, also again after a step; ``size`` as Odoo knows it."""
    wizard.ensure_one()
    return {
        "type": "ir.actions.act_window",
        "name": title,
        "res_model": wizard._name,
        "res_id": wizard.id,
        "views": [(False, "form")],
        "target": "new",
        "context": {"dialog_size": size} if size else {},
    }
